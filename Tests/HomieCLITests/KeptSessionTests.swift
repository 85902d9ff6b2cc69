import HomieAPI
import HomieModel
import Synchronization
import Testing

@testable import homie_cli

@Suite("The session of 'homie login'")
struct KeptSessionTests {
    private static let device = "https://homie.local"
    private static let start = Timestamp(nanoseconds: 1_800_000_000_000_000_000)

    /// A device that takes each refresh token once.
    private final class Device: Sendable {
        let asked = Mutex<[String]>([])

        func renew(_ refresh: String) async throws -> GrantAnswer {
            let number = asked.withLock { asked in
                asked.append(refresh)
                return asked.count
            }
            // Whoever else wants the same comes meanwhile.
            try await Task.sleep(for: .milliseconds(30))
            return GrantAnswer(
                session: "s",
                user: try UserName(parsing: "ann"),
                role: .admin,
                token: "token \(number)",
                gatewayToken: nil,
                refresh: "refresh \(number)",
                expiresAt: KeptSessionTests.start + .seconds(600),
                sessionEndsAt: KeptSessionTests.start + .seconds(6000)
            )
        }
    }

    private func store(_ folder: TemporaryDirectory, endsIn seconds: Double) async throws -> CredentialStore {
        let store = CredentialStore(path: folder.path + "/homie/credentials.json")
        let ann = try UserName(parsing: "ann")
        try await store.change { kept in
            kept.devices[Self.device] = KeptCredentials.Device(
                user: ann,
                token: "token 0",
                refresh: "refresh 0",
                expiresAt: Self.start + .seconds(seconds)
            )
        }
        return store
    }

    @Test("several at once renew it once, and all have the new token")
    func severalAtOnce() async throws {
        let folder = try TemporaryDirectory()
        let store = try await store(folder, endsIn: 20)
        let device = Device()
        let tokens = try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    // Each as a process of its own would: nothing is shared but the file.
                    let session = KeptSession(device: Self.device, store: store, now: { Self.start })
                    return try await session.token { try await device.renew($0) }
                }
            }
            return try await group.reduce(into: [String?]()) { $0.append($1) }
        }
        #expect(tokens == Array(repeating: "token 1", count: 8))
        #expect(device.asked.withLock { $0 } == ["refresh 0"])
        #expect(try store.read().devices[Self.device]?.refresh == "refresh 1")
    }

    @Test("one that is good for a while is used as it is, and one that cannot be renewed is kept")
    func asItIs() async throws {
        struct Refused: Error {}
        let folder = try TemporaryDirectory()
        let store = try await store(folder, endsIn: 31)
        let session = KeptSession(device: Self.device, store: store, now: { Self.start })
        #expect(try await session.token { _ in throw Refused() } == "token 0")
        let later = KeptSession(device: Self.device, store: store, now: { Self.start + .seconds(2) })
        await #expect(throws: Refused.self) { try await later.token { _ in throw Refused() } }
        #expect(try store.read().devices[Self.device]?.refresh == "refresh 0")
        let other = KeptSession(device: "https://other.local", store: store, now: { Self.start })
        #expect(try await other.token { _ in throw Refused() } == nil)
    }
}
