import HomieModel
import HomieTestSupport
import Synchronization
import Testing

@testable import HomieAccess

/// A store in memory that can be slow to say that something is kept.
private final class HeldStore: AccessStore {
    let inner = MemoryAccessStore()
    private let isArmed = Mutex(false)
    private let arrivals = AsyncStream<Void>.makeStream()
    private let releases = AsyncStream<Void>.makeStream()

    func access() async throws -> AccessState { try await inner.access() }
    func audit(_ query: AuditQuery) async throws -> [AuditRecord] { try await inner.audit(query) }

    func commit(_ changes: [AccessChange]) async throws {
        try await inner.commit(changes)
        let isHeld = isArmed.withLock { armed in
            defer { armed = false }
            return armed
        }
        guard isHeld else { return }
        arrivals.continuation.yield()
        for await _ in releases.stream { break }
    }

    /// Does one thing, and another between its being kept and its being known to be.
    func during<First: Sendable, Second: Sendable>(
        _ first: @escaping @Sendable () async throws -> First,
        _ second: @escaping @Sendable () async throws -> Second
    ) async -> (Result<First, any Error>, Result<Second, any Error>) {
        isArmed.withLock { $0 = true }
        let one = Task { try await first() }
        for await _ in arrivals.stream { break }
        let other = Task { try await second() }
        // Time enough to come as far as it can.
        for _ in 0..<5000 { await Task.yield() }
        releases.continuation.yield()
        return (await one.result, await other.result)
    }
}

@Suite("Changes of who may come in, one at a time", .timeLimit(.minutes(2)))
struct TurnTests {
    private let bench = Bench()
    private let store = HeldStore()
    private let vera: UserName
    private let newPassword = "another long one"

    init() throws { vera = try UserName(parsing: "vera") }

    private func signedIn(_ control: AccessControl) async throws -> (SessionGrant, Principal) {
        let grant = try await control.signIn(vera, password: Bench.password, code: nil, from: bench.client)
        return (grant, try await control.authenticate(Credentials(bearer: grant.token)))
    }

    @Test func `a session that is being ended is not renewed`() async throws {
        let control = try await bench.peopled(store)
        let (grant, principal) = try await signedIn(control)
        let bench = bench
        let (end, renewal) = await store.during {
            try await control.end(grant.session, by: principal)
        } _: {
            try await control.renew(grant.refresh, from: bench.client)
        }
        try end.get()
        #expect(throws: AccessError.badRefresh) { try renewal.get() }
        #expect(try await store.access().sessions.isEmpty)
        #expect(await control.sessions(of: nil).isEmpty)
    }

    @Test func `a sign-in with the old password does not outlive its change`() async throws {
        let control = try await bench.peopled(store)
        let (bench, vera, newPassword) = (bench, vera, newPassword)
        let (change, signIn) = await store.during {
            try await control.put(vera, role: nil, password: newPassword, by: .socket(account: 0, process: 1)).0
        } _: {
            try await control.signIn(vera, password: Bench.password, code: nil, from: bench.client)
        }
        _ = try change.get()
        #expect(throws: AccessError.badCredentials) { try signIn.get() }
        #expect(try await store.access().sessions.isEmpty)
        _ = try await control.signIn(vera, password: newPassword, code: nil, from: bench.client)
    }

    @Test func `a new role and a new password at once are both kept`() async throws {
        let control = try await bench.peopled(store)
        let (bench, vera, newPassword) = (bench, vera, newPassword)
        let root = Principal.socket(account: 0, process: 1)
        let (role, password) = await store.during {
            try await control.put(vera, role: .operator, password: nil, by: root).0
        } _: {
            try await control.setPassword(of: vera, current: nil, to: newPassword, by: root, from: bench.client)
        }
        _ = try role.get()
        try password.get()
        let kept = try #require(try await store.access().users.first { $0.name == vera })
        #expect(try await control.user(vera) == kept && kept.role == .operator)
        _ = try await control.signIn(vera, password: newPassword, code: nil, from: bench.client)
    }

    @Test func `a session that is being ended leaves no API token behind`() async throws {
        let control = try await bench.peopled(store)
        let (grant, principal) = try await signedIn(control)
        let vera = vera
        let (end, token) = await store.during {
            try await control.end(grant.session, by: principal)
        } _: {
            try await control.makeToken(name: "x", user: vera, scopes: Scope.all, life: nil, by: principal).text
        }
        try end.get()
        #expect(throws: AccessError.self) { try token.get() }
        #expect(try await store.access().tokens.isEmpty)
    }

    @Test func `an API token that is being revoked does not come back because it is used`() async throws {
        let control = try await bench.peopled(store)
        let root = Principal.socket(account: 0, process: 1)
        let (record, text) = try await control.makeToken(
            name: "x",
            user: vera,
            scopes: Scope.all,
            life: nil,
            by: root
        )
        let (end, use) = await store.during {
            try await control.revokeToken(record.id, by: root)
        } _: {
            try await control.authenticate(Credentials(bearer: text))
        }
        try end.get()
        #expect(throws: AccessError.badToken) { try use.get() }
        #expect(try await store.access().tokens.isEmpty)
        #expect(await control.tokens(of: nil).isEmpty)
    }

    @Test func `one code of an authenticator app lets in one, also of two who come together`() async throws {
        let control = try await bench.peopled(store)
        let (_, principal) = try await signedIn(control)
        let app = try await control.beginTimeCode(of: vera, code: nil, by: principal, from: bench.client)
        let step = bench.time.withLock { $0 } / 30
        try await control.confirmTimeCode(of: vera, code: app.code(step: step), by: principal)
        bench.pass(30)
        let (bench, vera, next) = (bench, vera, app.code(step: step + 1))
        let (one, other) = await store.during {
            try await control.signIn(vera, password: Bench.password, code: next, from: bench.client)
        } _: {
            try await control.signIn(vera, password: Bench.password, code: next, from: bench.client)
        }
        _ = try one.get()
        #expect(throws: AccessError.badCredentials) { try other.get() }
    }
}
