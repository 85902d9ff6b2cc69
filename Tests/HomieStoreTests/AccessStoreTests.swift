import HomieModel
import HomieStore
import Testing

@testable import HomieAccess

@Suite("Who may come in, over restarts")
struct AccessStoreTests {
    private static let start = Timestamp(nanoseconds: 1_800_000_000_000_000_000)

    private static func session(_ id: String, _ user: UserName) -> SessionRecord {
        SessionRecord(
            id: id,
            user: user,
            client: "test",
            address: "192.0.2.7",
            createdAt: start,
            renewedAt: start,
            expiresAt: start + .seconds(600),
            refresh: [1],
            used: []
        )
    }

    @Test func `a session that was ended does not come back by a renewal, nor does what was to be kept with it`()
        async throws
    {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        let ann = try UserName(parsing: "ann")
        var user = UserRecord(name: ann, role: .admin, createdAt: Self.start)
        let sessions = [Self.session("a", ann), Self.session("b", ann)]
        try await store.commit([.putUser(user)] + sessions.map { .putSession($0) })
        var renewed = sessions[0]
        renewed.refresh = [2]
        renewed.used = [[1]]
        try await store.commit([.renewSession(renewed)])
        #expect(try await store.access() == AccessState(users: [user], sessions: [renewed, sessions[1]]))
        try await store.commit([.removeSession("a")])
        user.role = .viewer
        await #expect(throws: AccessError.noSession("a")) {
            try await store.commit([.putUser(user), .renewSession(renewed)])
        }
        user.role = .admin
        #expect(try await store.access() == AccessState(users: [user], sessions: [sessions[1]]))
        try await store.commit([.removeUser(ann)])
        await #expect(throws: AccessError.noSession("b")) { try await store.commit([.renewSession(sessions[1])]) }
        #expect(try await store.access() == AccessState())
    }
}
