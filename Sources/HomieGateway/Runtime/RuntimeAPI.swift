public import HomieModel

/// The runtime API of the HAProxy that runs.
struct RuntimeAPI: Sendable {
    let socket: RuntimeSocket
    let map: String

    init(_ paths: GatewayPaths) {
        socket = RuntimeSocket(path: paths.runtimeSocket)
        map = paths.map
    }

    /// Looks at everything the planner compares.
    ///
    /// - Throws: ``GatewayError``
    func observe() async throws(GatewayError) -> RunningGateway {
        let info = RuntimeAnswers.info(try await socket.run(.showInfo))
        let description = info["description"] ?? ""
        let state = try await socket.run(.showServers)
        let connections = try await socket.run(.showConnections)
        return RunningGateway(
            identity: description.hasPrefix("homie-") ? String(description.dropFirst("homie-".count)) : "",
            version: info["Version"] ?? "",
            servers: RuntimeAnswers.servers(state: state, connections: connections),
            entries: RuntimeAnswers.map(try await socket.ask(RuntimeCommand.showMap(path: map).text))
        )
    }

    /// Runs commands in their order.
    ///
    /// - Returns: false when one was refused for being too early.
    /// - Throws: ``GatewayError`` of the first that failed.
    func run(_ commands: [RuntimeCommand]) async throws(GatewayError) -> Bool {
        var areAllDone = true
        for command in commands {
            let answer = try await socket.ask(command.text)
            guard !command.isDone(answer) else { continue }
            guard command.mayBeRefused else { throw .unexpected(command: command.name, answer: answer) }
            areAllDone = false
        }
        return areAllDone
    }

    /// Gives the running process a new certificate for a file it has loaded.
    ///
    /// - Throws: ``GatewayError``
    func replaceCertificate(_ path: String, pem: String) async throws(GatewayError) {
        do throws(GatewayError) {
            try await socket.run(.setCertificate(path: path, pem: pem))
            try await socket.run(.commitCertificate(path: path))
        } catch {
            // One that was half done would stand in the way of the next.
            _ = try await socket.ask(RuntimeCommand.abortCertificate(path: path).text)
            throw error
        }
    }

    /// What was counted so far, by backend and server (`show stat`).
    ///
    /// - Throws: ``GatewayError``
    func statistics() async throws(GatewayError) -> [ServerStatistics] {
        RuntimeAnswers.stat(try await socket.run(.showStat)).compactMap { ServerStatistics($0) }
    }
}

/// Counters of one server, since its process started (Management Guide, 9.1).
public struct ServerStatistics: Sendable, Hashable {
    public var backend: String
    public var server: String
    public var requests: Int
    public var serverErrors: Int
    public var currentSessions: Int
    /// Average over the last 1024 requests.
    public var responseTime: TimeSpan
    public var status: String

    init?(_ row: [String: String]) {
        guard row["type"] == "2", let backend = row["pxname"], let server = row["svname"] else { return nil }
        func number(_ name: String) -> Int { row[name].flatMap { Int($0) } ?? 0 }
        self.backend = backend
        self.server = server
        requests = number("req_tot")
        serverErrors = number("hrsp_5xx")
        currentSessions = number("scur")
        responseTime = .milliseconds(Int64(number("rtime")))
        status = row["status"] ?? ""
    }
}
