import HomieAPI
import HomieModel
import HomieServer
import HomieSupervisor
import Synchronization

/// A supervisor that answers from what it is given and remembers what it was asked.
final class FakeControl: StackControl, StackInspection {
    struct State {
        var calls: [String] = []
        var error: (any Error)?
        var events: [EventRecord] = []
        var deploymentState = DeploymentRecord.State.running
        var listeners: [AsyncStream<EventRecord>.Continuation] = []
        /// Lines of the log, then an error; nil keeps the stream open.
        var log: [LogLine] = []
        var logError: (any Error)?
        var logStaysOpen = false
        var endedLogs = 0
        /// How the first service of `blog` stands, when not as in the samples.
        var blogPhase: ServiceStatus.Phase?
    }

    let state = Mutex(State())

    func record(_ call: String) throws {
        try state.withLock { state in
            state.calls.append(call)
            if let error = state.error { throw error }
        }
    }

    var calls: [String] { state.withLock { $0.calls } }

    /// Stores an event and tells the listeners, like the supervisor.
    func emit(_ event: EventRecord, live: Bool = true) {
        let listeners = state.withLock { state in
            state.events.append(event)
            return state.listeners
        }
        if live { for listener in listeners { listener.yield(event) } }
    }

    var listenerCount: Int { state.withLock { $0.listeners.count } }

    private func deployment(_ stack: StackName, _ kind: DeploymentRecord.Kind) -> DeploymentRecord {
        DeploymentRecord(
            id: 7,
            stack: stack,
            revision: 1,
            kind: kind,
            state: state.withLock { $0.deploymentState },
            startedAt: Samples.at
        )
    }

    // MARK: StackControl

    func apply(_ definition: StackDefinition, options: ApplyOptions) async throws -> DeploymentRecord {
        try record("apply \(definition.name) pulls=\(options.pulls) forces=\(options.forcesRecreate)")
        return deployment(definition.name, .up)
    }

    func confirm(_ request: ContentDigest, of stack: StackName) async throws -> DeploymentRecord {
        try record("confirm \(stack) \(request.hex.prefix(8))")
        return deployment(stack, .up)
    }

    func plan(_ definition: StackDefinition, options: ApplyOptions) async throws -> [PlannedChange] {
        try record("plan \(definition.name)")
        return [PlannedChange(action: "create", object: "service", name: "web", reason: "not there")]
    }

    func remove(_ stack: StackName, removesVolumes: Bool) async throws -> DeploymentRecord {
        try record("remove \(stack) volumes=\(removesVolumes)")
        return deployment(stack, .down)
    }

    func rollback(_ stack: StackName, to revision: Int?) async throws -> DeploymentRecord {
        try record("rollback \(stack) \(revision ?? 0)")
        return deployment(stack, .rollback)
    }

    func adopt(_ definition: StackDefinition) async throws -> DeploymentRecord {
        try record("adopt \(definition.name)")
        return deployment(definition.name, .adopt)
    }

    func inspect() -> any StackInspection { self }

    // MARK: StackInspection

    func stacks() async throws -> [StackStatus] {
        try record("stacks")
        var blog = try Samples.stackStatus("blog")
        if let phase = state.withLock({ $0.blogPhase }) { blog.services[0].phase = phase }
        return [try Samples.stackStatus("shop"), blog]
    }

    func stack(_ name: StackName) async throws -> StackStatus {
        try record("stack \(name)")
        guard name.text == "shop" else { throw SupervisorError.noStack(name) }
        return try Samples.stackStatus("shop")
    }

    func revisions(of stack: StackName) async throws -> [RevisionRecord] {
        try record("revisions \(stack)")
        var service = ServiceDefinition()
        service.environment = ["PASSWORD": "secret"]
        let definition = StackDefinition(name: stack, services: [try ServiceName(parsing: "web"): service])
        return (1...2).map {
            RevisionRecord(stack: stack, number: $0, definition: definition, origin: "up", createdAt: Samples.at)
        }
    }

    func deployment(_ id: Int64) async throws -> DeploymentRecord {
        try record("deployment \(id)")
        guard id == 7 else { throw SupervisorError.noDeployment(id) }
        return deployment(try StackName(parsing: "shop"), .up)
    }

    func events(_ query: EventQuery) async throws -> [EventRecord] {
        try record("events")
        return Array(state.withLock { $0.events }.filter(query.accepts).sorted { $0.id < $1.id }.suffix(query.limit))
    }

    func eventStream() async -> AsyncStream<EventRecord> {
        let (stream, continuation) = AsyncStream<EventRecord>.makeStream()
        state.withLock { $0.listeners.append(continuation) }
        continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.listeners.removeAll() } }
        return stream
    }

    func why(_ service: ServiceName, in stack: StackName) async throws -> [EventRecord] {
        try record("why \(stack)/\(service)")
        return [try Samples.event(1)]
    }

    func logs(
        of container: String,
        options: LogOptions
    ) async throws -> AsyncThrowingStream<LogLine, any Error> {
        try record("logs \(container) follows=\(options.follows) tail=\(options.tail ?? -1)")
        guard container != "nobody" else { throw SupervisorError.noContainer(container) }
        let (stream, continuation) = AsyncThrowingStream<LogLine, any Error>.makeStream()
        let (lines, error, staysOpen) = state.withLock { ($0.log, $0.logError, $0.logStaysOpen) }
        continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.endedLogs += 1 } }
        for line in lines { continuation.yield(line) }
        if !staysOpen { continuation.finish(throwing: error) }
        return stream
    }

    func doctor() async -> [Finding] { [Finding(check: "engine", level: .ok, message: "answers")] }
}

enum Samples {
    static let at = Timestamp(nanoseconds: 1_795_000_000_123_000_000)

    static func stackStatus(_ text: String) throws -> StackStatus {
        let stack = try StackName(parsing: text)
        let service = try ServiceName(parsing: "web")
        let observed = ObservedContainer(
            id: "id-\(text)",
            name: "\(text)-web-1",
            imageID: "sha256:1",
            state: .running,
            createdAt: at
        )
        let status = ServiceStatus(
            stack: stack,
            service: service,
            phase: .running,
            replicas: 1,
            running: 1,
            containers: [ContainerStatus(observed, stack: stack, service: service)]
        )
        return StackStatus(
            name: stack,
            revision: 2,
            lastGoodRevision: 1,
            isLeaving: false,
            isConverged: true,
            services: [status],
            deployment: nil
        )
    }

    static func event(_ id: Int64, stack: String = "shop") throws -> EventRecord {
        EventRecord(
            id: id,
            at: at,
            kind: "container.died",
            message: "event \(id)",
            stack: try StackName(parsing: stack)
        )
    }
}
