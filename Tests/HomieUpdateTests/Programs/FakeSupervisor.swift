import Foundation
import HomieAPI
import HomieModel
import Synchronization

/// Answers at a Unix socket as homied does, with the services a test gives it.
final class FakeSupervisor: Sendable {
    private let phases: Mutex<[String: ServiceStatus.Phase]>
    private let isSilent = Mutex(false)
    private let asked = Mutex<(@Sendable () -> Void)?>(nil)
    private let descriptor: Int32

    init(socket path: String, _ phases: [String: ServiceStatus.Phase]) throws {
        self.phases = Mutex(phases)
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        self.descriptor = descriptor
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let isListening = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0 && listen(descriptor, 16) == 0
            }
        }
        guard isListening else { throw POSIXError(.EADDRNOTAVAIL) }
        // Closes the listener itself: its number must not be another's while this accepts at it.
        Thread { [weak self] in
            defer { close(descriptor) }
            while true {
                let client = accept(descriptor, nil, nil)
                guard client >= 0 else { return }
                self?.answer(client)
                close(client)
            }
        }.start()
    }

    deinit { shutdown(descriptor, Int32(SHUT_RDWR)) }

    func set(_ service: String, _ phase: ServiceStatus.Phase?) { phases.withLock { $0[service] = phase } }

    /// Hangs up on whoever asks, from now on or no longer.
    func fallSilent(_ silent: Bool) { isSilent.withLock { $0 = silent } }

    /// Does something whenever it is asked, before it answers.
    func whenAsked(_ body: (@Sendable () -> Void)?) { asked.withLock { $0 = body } }

    private func answer(_ client: Int32) {
        var buffer = [UInt8](repeating: 0, count: 8192)
        guard recv(client, &buffer, buffer.count, 0) > 0 else { return }
        asked.withLock { $0 }?()
        guard !isSilent.withLock({ $0 }), let body = try? body() else { return }
        let head = "HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\nConnection: close\r\n\r\n"
        let bytes = Array(head.utf8) + Array(body)
        _ = bytes.withUnsafeBytes { send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    private func body() throws -> Data {
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
