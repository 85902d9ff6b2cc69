import Foundation
import HomieAPI
import HomieModel
import HomieTestSupport
import Synchronization

/// Answers at a Unix socket as homied does, with the services a test gives it.
final class FakeSupervisor: Sendable {
    private let answers: Answers
    private let server: ScriptedServer

    init(socket path: String, _ phases: [String: ServiceStatus.Phase]) throws {
        let answers = Answers(phases)
        self.answers = answers
        server = try ScriptedServer(path: path) { connection in
            defer { connection.close() }
            guard connection.readHead() != nil else { return }
            answers.asked.withLock { $0 }?()
            guard !answers.isSilent.withLock({ $0 }), let body = try? answers.body() else { return }
            connection.answer(String(decoding: body, as: UTF8.self), fields: "Connection: close\r\n")
        }
    }

    func set(_ service: String, _ phase: ServiceStatus.Phase?) { answers.phases.withLock { $0[service] = phase } }

    /// Hangs up on whoever asks, from now on or no longer.
    func fallSilent(_ silent: Bool) { answers.isSilent.withLock { $0 = silent } }

    /// Does something whenever it is asked, before it answers.
    func whenAsked(_ body: (@Sendable () -> Void)?) { answers.asked.withLock { $0 = body } }
}

private final class Answers: Sendable {
    let phases: Mutex<[String: ServiceStatus.Phase]>
    let isSilent = Mutex(false)
    let asked = Mutex<(@Sendable () -> Void)?>(nil)

    init(_ phases: [String: ServiceStatus.Phase]) { self.phases = Mutex(phases) }

    func body() throws -> Data {
        let stack = try StackName(parsing: "shop")
        let services = try phases.withLock { $0 }.sorted { $0.key < $1.key }.map { name, phase in
            ServiceStatus(
                stack: stack,
                service: try ServiceName(parsing: name),
                phase: phase,
                replicas: 1,
                running: 1,
                containers: []
            )
        }
        let status = StackStatus(
            name: stack,
            revision: 1,
            lastGoodRevision: 1,
            isLeaving: false,
            isConverged: true,
            services: services,
            deployment: nil
        )
        return try JSONEncoder().encode(StacksAnswer(stacks: [status]))
    }
}
