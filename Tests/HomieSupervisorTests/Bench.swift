import FoundationEssentials
import HomieModel
import HomieSupervisor
import HomieTestSupport
import Logging
import Testing

/// A supervisor on a simulated engine and a store in memory.
final class Bench: Sendable {
    let engine: SimulatedEngine
    let store: MemoryStateStore
    let supervisor: Supervisor
    private let task: Task<Void, any Error>

    init(
        engine: SimulatedEngine = SimulatedEngine(),
        store: MemoryStateStore = MemoryStateStore(),
        clocks: Clocks = .system(),
        loopbackProber: (any LoopbackProber)? = nil,
        prober: (any HealthProber)? = nil,
        system: (any SystemObservation)? = nil,
        registry: (any ImageRegistry)? = nil,
        signatures: (any SignatureSource)? = nil,
        imageCheckInterval: TimeSpan = .seconds(21_600),
        relaying: (any PortRelaying & SocketObservation)? = nil,
        figures: TimeSpan = .seconds(15),
        resync: TimeSpan = .seconds(1)
    ) async throws {
        self.engine = engine
        self.store = store
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        let supervisor = Supervisor(
            engine: engine,
            store: store,
            prober: prober,
            system: system,
            clocks: clocks,
            settings: SupervisorSettings(
                resyncInterval: resync,
                stopDecision: .milliseconds(100),
                imageCheckInterval: imageCheckInterval,
                figures: figures
            ),
            loopbackProber: loopbackProber,
            logger: logger
        )
        self.supervisor = supervisor
        if let relaying { await supervisor.relay(with: relaying, watching: relaying) }
        try await supervisor.load()
        if let registry { await supervisor.ask(registry) }
        if let signatures { await supervisor.check(signaturesWith: signatures) }
        task = Task { try await supervisor.run() }
    }

    deinit { task.cancel() }

    /// Ends the supervisor as a kill would: nothing is tidied up.
    func kill() async {
        task.cancel()
        _ = await task.result
    }

    /// Waits until the stack's newest deployment has ended.
    func settle(_ deployment: DeploymentRecord) async throws -> DeploymentRecord {
        try await eventually("deployment \(deployment.id) ends") {
            let now = try await self.supervisor.deployment(deployment.id)
            return now.state.isFinal ? now : nil
        }
    }

    /// Applies, waits for the deployment's end, and after a success until everything is tidied up.
    func up(_ definition: StackDefinition, _ options: ApplyOptions = ApplyOptions()) async throws -> DeploymentRecord {
        let end = try await settle(try await supervisor.apply(definition, options: options))
        guard end.state == .succeeded else { return end }
        try await eventually("'\(definition.name)' has converged") {
            let now = try await self.supervisor.stack(definition.name)
            return now.isConverged || now.services.contains { $0.phase == .failed } ? true : nil
        }
        return end
    }

    func running(_ name: String) async throws {
        try await eventually("\(name) runs") { await self.engine.find(name)?.state == .running ? true : nil }
    }

    func kinds(_ stack: StackName) async throws -> [String] {
        try await supervisor.events(EventQuery(stack: stack)).map(\.kind)
    }
}

struct TimeIsUp: Error, CustomStringConvertible {
    var description: String
}

/// Polls until `body` gives a value; ten seconds at most.
@discardableResult
func eventually<Value>(_ what: String, _ body: () async throws -> Value?) async throws -> Value {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(60)
    while clock.now < end {
        if let value = try await body() { return value }
        try await Task.sleep(for: .milliseconds(5))
    }
    throw TimeIsUp(description: "in a minute it did not happen that \(what)")
}

func stack(_ name: String, _ services: [String: ServiceDefinition]) throws -> StackDefinition {
    var definition = StackDefinition(name: try StackName(parsing: name))
    for (key, service) in services {
        var service = service
        if service.networkMode == nil { service.networks["default"] = NetworkAttachment() }
        definition.services[try ServiceName(parsing: key)] = service
    }
    definition.networks["default"] = NetworkDefinition(name: "\(name)_default")
    return definition
}

func service(_ image: String, _ change: (inout ServiceDefinition) -> Void = { _ in }) -> ServiceDefinition {
    var service = ServiceDefinition()
    service.image = image
    change(&service)
    return service
}

func name(_ text: String) -> ServiceName {
    guard let name = try? ServiceName(parsing: text) else { preconditionFailure("bad name \(text)") }
    return name
}

func stackName(_ text: String) -> StackName {
    guard let name = try? StackName(parsing: text) else { preconditionFailure("bad name \(text)") }
    return name
}
