import HomieAccess
import HomieModel
import Synchronization

/// Where webhooks wait until their bodies are there: who sent them is known only then, so there is room for few, and for fewer of
/// one client. Everybody else's connections are left alone.
final class HookRoom: Sendable {
    private static let places = 32
    private static let placesOfOne = 8

    /// How many each client has here.
    private let clients = Mutex<[String: Int]>([:])

    /// - Throws: `AccessError.throttled` when there is no room; what `body` throws.
    func pass<Result>(_ client: String, _ body: () async throws -> Result) async throws -> Result {
        guard enter(client) else { throw AccessError.throttled(after: .seconds(5), policy: "webhooks") }
        defer { leave(client) }
        return try await body()
    }

    private func enter(_ client: String) -> Bool {
        clients.withLock { clients in
            let own = clients[client, default: 0]
            guard own < Self.placesOfOne, clients.values.reduce(0, +) < Self.places else { return false }
            clients[client] = own + 1
            return true
        }
    }

    private func leave(_ client: String) {
        clients.withLock { clients in
            let own = clients[client, default: 1]
            clients[client] = own > 1 ? own - 1 : nil
        }
    }
}
