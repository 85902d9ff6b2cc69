import Foundation
import HomieEngine
import HomieModel
import HomieProbe
import HomieStore
import HomieSupervisor
import Logging
import Testing

/// The supervisor in this process, on a real engine, for services that fall ill.
final class HealingBench {
    let supervisor: Supervisor
    let stack: StackName
    let directory: String
    private let task: Task<Void, any Error>

    /// - Parameter socket: the engine's; nil for that of the test run.
    init(_ project: String, socket: String? = nil, settings: SupervisorSettings = SupervisorSettings()) async throws {
        if socket == nil { try EngineUnderTest.clean(project) }
        stack = try StackName(parsing: project)
        directory = NSTemporaryDirectory() + "homie-\(UUID().uuidString.prefix(8))"
        let clocks = Clocks.system()
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        let engine = try socket.map { DockerEngine(socketPath: $0, logger: logger) } ?? EngineUnderTest.engine()
        let supervisor = Supervisor(
            engine: engine,
            store: try SQLiteStateStore(directory: directory, now: clocks.wall()),
            prober: NativeProber(),
            clocks: clocks,
            settings: settings,
            logger: logger
        )
        self.supervisor = supervisor
        try await supervisor.load()
        task = Task { try await supervisor.run() }
    }

    deinit {
        task.cancel()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// A service of the small fixture image; `heal` is its `x-homie.heal` block.
    func service(
        _ heal: JSONValue,
        script: String? = nil,
        _ change: (inout ServiceDefinition) -> Void = { _ in }
    ) -> ServiceDefinition {
        var service = ServiceDefinition()
        service.image = "homie/static:1"
        service.restart = .always
        service.stopGracePeriod = .seconds(1)
        service.networks["default"] = NetworkAttachment()
        if let script { service.command = ["/bin/sh", "-c", script] }
        service.homie = ["heal": heal]
        change(&service)
        return service
    }

    func apply(_ services: [String: ServiceDefinition]) async throws -> DeploymentRecord {
        var definition = StackDefinition(name: stack)
        for (key, service) in services { definition.services[try ServiceName(parsing: key)] = service }
        definition.networks["default"] = NetworkDefinition(name: "\(stack)_default")
        return try await supervisor.apply(definition, options: ApplyOptions())
    }

    func status(_ service: String) async throws -> ServiceStatus {
        let all = try await supervisor.stack(stack).services
        return try #require(all.first { $0.service.text == service })
    }

    func phase(_ service: String, _ phase: ServiceStatus.Phase) async throws {
        do {
            try await eventually("'\(service)' is \(phase)") {
                try await status(service).phase == phase ? true : nil
            }
        } catch { throw Command.Failure(description: "\(error)\n\(try await story().joined(separator: "\n"))") }
    }

    /// Waits for an event; returns it.
    @discardableResult
    func event(_ kind: String, of service: String, saying words: String = "") async throws -> EventRecord {
        do {
            return try await eventually("'\(service)' has \(kind) \(words)") {
                try await supervisor.events(EventQuery(stack: stack)).first {
                    $0.kind == kind && $0.service?.text == service && (words.isEmpty || $0.message.contains(words))
                }
            }
        } catch { throw Command.Failure(description: "\(error)\n\(try await story().joined(separator: "\n"))") }
    }

    func story() async throws -> [String] {
        try await supervisor.events(EventQuery(stack: stack)).map { "\($0.kind): \($0.message)" }
    }

    func takeDown() async throws {
        let down = try await supervisor.remove(stack, removesVolumes: true)
        try await eventually("'\(stack)' is gone") {
            try await supervisor.deployment(down.id).state.isFinal ? true : nil
        }
    }
}
