public import HomieModel

/// The API as typed calls. Every call throws ``APIError`` for what the daemon answers, and what the transport throws.
public struct APIClient: Sendable {
    private let transport: any APITransport

    public init(transport: any APITransport) { self.transport = transport }

    public func version() async throws -> VersionInformation { try await call(.version) }

    public func stacks() async throws -> [StackStatus] {
        let answer: StacksAnswer = try await call(.listStacks)
        return answer.stacks
    }

    public func stack(_ name: StackName) async throws -> StackStatus {
        try await call(.getStack, path: ["stack": name.text])
    }

    /// Makes `project` the wanted state of the stack; the deployment is final when there was nothing to do.
    public func apply(
        _ project: JSONValue,
        as name: StackName,
        options: ApplySettings = ApplySettings()
    ) async throws -> DeploymentRecord {
        try await apply(ApplyRequest(project: project, options: options).bytes, as: name)
    }

    /// The same, with a body that is written already.
    public func apply(_ body: [UInt8], as name: StackName) async throws -> DeploymentRecord {
        try await call(.applyStack, path: ["stack": name.text], bytes: body)
    }

    /// What applying a request again would answer, when there is nothing to do; nothing is changed.
    /// - Throws: ``APIError/problem(_:)`` of kind ``ErrorKind/conflict`` when there is, or the request is not known.
    public func confirm(_ request: ContentDigest, of name: StackName) async throws -> DeploymentRecord {
        try await call(.confirmStack, path: ["stack": name.text], body: ConfirmRequest(digest: request))
    }

    public func plan(
        _ project: JSONValue,
        as name: StackName,
        options: ApplySettings = ApplySettings()
    ) async throws -> [PlannedChange] {
        let request = ApplyRequest(project: project, options: options)
        let answer: PlanAnswer = try await call(.planStack, path: ["stack": name.text], body: request.body)
        return answer.changes
    }

    public func remove(_ name: StackName, removesVolumes: Bool) async throws -> DeploymentRecord {
        let query = removesVolumes ? [("volumes", "true")] : []
        return try await call(.removeStack, path: ["stack": name.text], query: query)
    }

    /// - Parameter revision: nil for the newest good one before the present one.
    public func rollback(_ name: StackName, to revision: Int? = nil) async throws -> DeploymentRecord {
        try await call(.rollbackStack, path: ["stack": name.text], body: RollbackRequest(revision: revision))
    }

    public func adopt(_ project: JSONValue, as name: StackName) async throws -> DeploymentRecord {
        try await call(.adoptStack, path: ["stack": name.text], body: ["project": project] as JSONValue)
    }

    public func revisions(of name: StackName) async throws -> [RevisionSummary] {
        let answer: RevisionsAnswer = try await call(.listRevisions, path: ["stack": name.text])
        return answer.revisions
    }

    public func services(of name: StackName) async throws -> [ServiceStatus] {
        let answer: ServicesAnswer = try await call(.listServices, path: ["stack": name.text])
        return answer.services
    }

    /// Services of all stacks, by stack and name.
    ///
    /// - Parameters:
    ///   - stack: only this one's; nil for all, also when there is no such stack.
    ///   - phase: only those that are so; nil for all.
    public func services(
        in stack: StackName? = nil,
        named service: ServiceName? = nil,
        being phase: ServiceStatus.Phase? = nil
    ) async throws -> [ServiceStatus] {
        let filters = [("stack", stack?.text), ("service", service?.text), ("phase", phase?.rawValue)]
        let query = filters.compactMap { name, value in value.map { (name, $0) } }
        let answer: ServicesAnswer = try await call(.listAllServices, query: query)
        return answer.services
    }

    public func why(_ service: ServiceName, in stack: StackName) async throws -> [EventRecord] {
        let path = ["stack": stack.text, "service": service.text]
        let answer: EventsAnswer = try await call(.explainService, path: path)
        return answer.events
    }

    public func containers(of stack: StackName? = nil) async throws -> [ContainerStatus] {
        let query = stack.map { [("stack", $0.text)] } ?? []
        let answer: ContainersAnswer = try await call(.listContainers, query: query)
        return answer.containers
    }

    public func health(of stack: StackName? = nil) async throws -> [ServiceHealth] {
        let query = stack.map { [("stack", $0.text)] } ?? []
        let answer: HealthListAnswer = try await call(.listHealth, query: query)
        return answer.replicas
    }

    public func issues() async throws -> [DeviceIssue] {
        let answer: IssuesAnswer = try await call(.listIssues)
        return answer.issues
    }

    /// Does what the remedy of an issue says.
    public func fix(_ issue: String) async throws -> FixReport { try await call(.fixIssue, path: ["issue": issue]) }

    public func events(_ query: EventQuery) async throws -> [EventRecord] {
        let answer: EventsAnswer = try await call(.listEvents, query: Self.parameters(query, isPage: true))
        return answer.events
    }

    public func deployment(_ id: Int64) async throws -> DeploymentRecord {
        try await call(.getDeployment, path: ["deployment": "\(id)"])
    }

    public func doctor() async throws -> [Finding] {
        let answer: FindingsAnswer = try await call(.doctor)
        return answer.findings
    }

    public func openAPI() async throws -> JSONValue { try await call(.openAPI) }

    /// True when the daemon has its state and its engine.
    /// - Throws: ``APIError/problem(_:)`` of kind ``ErrorKind/unhealthy`` that says what is missing.
    public func isReady() async throws -> Bool {
        let answer: HealthAnswer = try await call(.isReady)
        return answer.status == "ready"
    }
}

extension APIClient {
    /// Events as they come, from the one after `query.after` (nil: from now on). Ends when the daemon does; go on with the
    /// last event's ID as `after`.
    public func eventStream(_ query: EventQuery) async throws -> AsyncThrowingStream<EventRecord, any Error> {
        let request = Self.request(
            .listEvents,
            query: Self.parameters(query, isPage: false),
            accept: ContentType.events
        )
        let body = try await open(request)
        return Self.pump(body) { bytes, reader in
            try reader.read(bytes).map { try JSONText.value(EventRecord.self, from: Array($0.data.utf8)) }
        } state: {
            ServerSentEventReader()
        }
    }

    /// A container's log, oldest line first.
    /// - Parameters:
    ///   - container: its ID or name.
    ///   - tail: only the last so many lines; nil for all.
    ///   - text: only lines with this in them.
    public func logs(
        of container: String,
        follows: Bool = false,
        tail: Int? = nil,
        since: Timestamp? = nil,
        containing text: String? = nil
    ) async throws -> AsyncThrowingStream<LogEntry, any Error> {
        var query: [(String, String)] = []
        if follows { query.append(("follow", "true")) }
        if let tail { query.append(("tail", "\(tail)")) }
        if let since { query.append(("since", since.rfc3339)) }
        if let text { query.append(("grep", text)) }
        return try await lines(.readLogs, path: ["container": container], query: query)
    }

    /// An answer of log lines.
    func lines(
        _ operation: Operation,
        path: [String: String],
        query: [(String, String)]
    ) async throws -> AsyncThrowingStream<LogEntry, any Error> {
        let request = Self.request(operation, path: path, query: query, accept: ContentType.lines)
        let body = try await open(request)
        return Self.pump(body) { bytes, reader in
            try reader.read(bytes).filter { !$0.isEmpty }.map {
                try JSONText.value(LogEntry.self, from: Array($0.utf8))
            }
        } state: {
            LineReader()
        }
    }

    private static func parameters(_ query: EventQuery, isPage: Bool) -> [(String, String)] {
        var parameters: [(String, String)] = []
        if let stack = query.stack { parameters.append(("stack", stack.text)) }
        if let service = query.service { parameters.append(("service", service.text)) }
        if let deployment = query.deployment { parameters.append(("deployment", "\(deployment)")) }
        if let after = query.after { parameters.append(("after", "\(after)")) }
        if isPage { parameters.append(("limit", "\(query.limit)")) }
        return parameters
    }

    private static func request(
        _ operation: Operation,
        path: [String: String] = [:],
        query: [(String, String)] = [],
        accept: String = ContentType.json
    ) -> APIRequest {
        let endpoint = Endpoint.of(operation)
        var target = ""
        for part in endpoint.path.split(separator: "/") {
            let value = part.hasPrefix("{") ? path[String(part.dropFirst().dropLast())] : nil
            target += "/" + (value.map(PercentEncoding.encode) ?? String(part))
        }
        if !query.isEmpty {
            target += "?" + query.map { "\($0)=\(PercentEncoding.encode($1))" }.joined(separator: "&")
        }
        return APIRequest(method: endpoint.method, target: target, headers: ["accept": accept])
    }

    func call<Answer: Decodable>(
        _ operation: Operation,
        path: [String: String] = [:],
        query: [(String, String)] = [],
        body: (any Encodable)? = nil,
        bytes: [UInt8]? = nil
    ) async throws -> Answer {
        var request = Self.request(operation, path: path, query: query)
        request.body = try bytes ?? body.map { try JSONText.bytes($0) }
        if request.body != nil { request.headers["content-type"] = ContentType.json }
        let response = try await transport.send(request)
        guard (200..<300).contains(response.status) else { throw Self.error(response) }
        do {
            return try JSONText.value(Answer.self, from: response.body)
        } catch {
            throw APIError.unexpected(status: response.status, underlying: error)
        }
    }

    private func open(_ request: APIRequest) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        let response = try await transport.stream(request)
        guard !(200..<300).contains(response.status) else { return response.body }
        var body: [UInt8] = []
        for try await chunk in response.body where body.count < 1 << 20 { body += chunk }
        throw Self.error(APIResponse(status: response.status, body: body))
    }

    private static func error(_ response: APIResponse) -> APIError {
        do {
            return .problem(try JSONText.value(ProblemDocument.self, from: response.body))
        } catch {
            return .unexpected(status: response.status, underlying: error)
        }
    }

    /// Turns a stream of bytes into one of values, which is read as fast as the values are taken. Ending the iteration
    /// ends the transport's stream.
    private static func pump<Value: Sendable, State: Sendable>(
        _ body: AsyncThrowingStream<[UInt8], any Error>,
        _ read: @escaping @Sendable ([UInt8], inout State) throws -> [Value],
        state: @escaping @Sendable () -> State
    ) -> AsyncThrowingStream<Value, any Error> {
        let values = DecodedValues(body, state: state(), read: read)
        return AsyncThrowingStream { try await values.next() }
    }
}
