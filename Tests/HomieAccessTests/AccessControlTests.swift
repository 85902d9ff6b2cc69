import HomieAPI
import HomieModel
import HomieTestSupport
import Synchronization
import Testing

@testable import HomieAccess

/// An access control whose clock a test turns, over a store in memory.
final class Bench: Sendable {
    let store = MemoryAccessStore()
    let time = Mutex<Int64>(1_800_000_000)
    let key = SessionKey()
    let seal = Seal(key: Array(repeating: 7, count: 32))
    let client = ClientFacts(address: "192.0.2.7", program: "test")

    func pass(_ seconds: Int64) { time.withLock { $0 += seconds } }

    /// - Parameter store: where it keeps things; nil for the bench's own.
    func control(_ other: (any AccessStore)? = nil) -> AccessControl {
        AccessControl(
            settings: AccessSettings(passwordCost: PasswordHash.Cost(rounds: 16, parallelism: 1)),
            store: other ?? store,
            key: key,
            seal: seal,
            wall: { Timestamp(nanoseconds: self.time.withLock { $0 } * 1_000_000_000) },
            uptime: { TimeSpan(nanoseconds: self.time.withLock { $0 } * 1_000_000_000) }
        )
    }

    /// One with the users `root` (admin), `opal` (operator) and `vera` (viewer), all with the same password.
    func peopled(_ store: (any AccessStore)? = nil) async throws -> AccessControl {
        let control = control(store)
        _ = try await control.load()
        for (name, role) in [("root", Role.admin), ("opal", .operator), ("vera", .viewer)] {
            _ = try await control.put(
                try UserName(parsing: name),
                role: role,
                password: Self.password,
                by: .socket(account: 0, process: 1)
            )
        }
        return control
    }

    static let password = "quite a long one"
}

@Suite("Who may come in")
struct AccessControlTests {
    private let bench = Bench()
    private func name(_ text: String) throws -> UserName { try UserName(parsing: text) }

    private func principal(_ grant: SessionGrant, _ control: AccessControl) async throws -> Principal {
        try await control.authenticate(Credentials(bearer: grant.token))
    }

    @Test func `the first user needs the token that was shown, and is an admin`() async throws {
        let control = bench.control()
        let token = try #require(try await control.load())
        let ann = try name("ann")
        await #expect(throws: AccessError.badSetUpToken) {
            try await control.setUp(token: "x", user: ann, password: Bench.password, from: bench.client)
        }
        try await control.setUp(token: token, user: ann, password: Bench.password, from: bench.client)
        await #expect(throws: AccessError.setUpDone) {
            try await control.setUp(token: token, user: try name("eve"), password: Bench.password, from: bench.client)
        }
        #expect(try await control.user(ann).role == .admin)
        #expect(try await bench.control().load() == nil)
    }

    @Test func `whoever keeps the door is told of every session that ends before its tokens, and before anything else`()
        async throws
    {
        let control = try await bench.peopled()
        let told = Mutex<[String: EndedSession]>([:])
        let refuses = Mutex(false)
        await control.inform(
            Doorkeeper(
                refuse: { ended in
                    if refuses.withLock({ $0 }) { throw AccessError.notOwn }
                    told.withLock { told in for one in ended { told[one.id] = one } }
                },
                admit: { ended in told.withLock { told in for one in ended { told[one.id] = nil } } }
            )
        )
        func signedIn(_ user: String) async throws -> SessionGrant {
            try await control.signIn(try name(user), password: Bench.password, code: nil, from: bench.client)
        }
        let first = try await signedIn("vera")
        #expect(told.withLock { $0.isEmpty })
        // What cannot be told has not happened.
        refuses.withLock { $0 = true }
        await #expect(throws: AccessError.notOwn) {
            try await control.end(first.session, by: try await principal(first, control))
        }
        #expect(try await principal(first, control).user == first.user)
        refuses.withLock { $0 = false }
        try await control.end(first.session, by: try await principal(first, control))
        let now = bench.time.withLock { $0 }
        #expect(told.withLock { $0[first.session]?.until } == Timestamp(nanoseconds: (now + 3600) * 1_000_000_000))
        // By a new password, a refresh token that was copied, a lower role, with its user.
        let second = try await signedIn("vera")
        _ = try await control.put(
            try name("vera"),
            role: nil,
            password: Bench.password + "r",
            by: .socket(account: 0, process: 1)
        )
        #expect(told.withLock { $0[second.session] } != nil)
        let third = try await signedIn("opal")
        _ = try await control.renew(third.refresh, from: bench.client)
        bench.pass(16)
        await #expect(throws: AccessError.badRefresh) { try await control.renew(third.refresh, from: bench.client) }
        #expect(told.withLock { $0[third.session] } != nil)
        let fourth = try await signedIn("opal")
        _ = try await control.put(try name("opal"), role: .viewer, password: nil, by: .socket(account: 0, process: 1))
        #expect(told.withLock { $0[fourth.session] } != nil)
        let fifth = try await signedIn("opal")
        try await control.remove(try name("opal"))
        #expect(told.withLock { $0[fifth.session] } != nil)
        // One that has run out needs nobody.
        let old = try await signedIn("root")
        bench.pass(8 * 86_400)
        _ = try await signedIn("root")
        #expect(told.withLock { $0[old.session] } == nil)
    }

    @Test func `an API token is good within its scopes, its time and its user's role`() async throws {
        let control = try await bench.peopled()
        let root = Principal.socket(account: 0, process: 1)
        let (record, text) = try await control.makeToken(
            name: "backup script",
            user: try name("opal"),
            scopes: [Scope(.stacks, .read), Scope(.backups, .write)],
            life: .seconds(3600),
            by: root
        )
        let token = try await control.authenticate(Credentials(bearer: text))
        #expect(token.name == "opal/token:\(record.id)")
        try token.check(.role(.operator, Scope(.stacks, .read)))
        try token.check(.role(.viewer, Scope(.backups, .read)))
        #expect(throws: AccessError.notInScope(Scope(.stacks, .write))) {
            try token.check(.role(.viewer, Scope(.stacks, .write)))
        }
        #expect(throws: AccessError.notAllowed(role: .operator, needs: .admin)) {
            try token.check(.role(.admin, Scope(.stacks, .read)))
        }
        // A token that was stolen does not make itself another.
        await #expect(throws: AccessError.notInScope(Scope(.access, .write))) {
            try await control.makeToken(name: "", user: try name("opal"), scopes: [], life: nil, by: token)
        }
        #expect(await control.tokens(of: nil).first?.lastUsedAt != nil)
        #expect(await control.holds(token))
        #expect(!"\(try await bench.store.access())".contains(text))
        _ = try await control.put(try name("opal"), role: .viewer, password: nil, by: .socket(account: 0, process: 1))
        // What it was let in for, such as a stream, does not go on as it was.
        #expect(await !control.holds(token))
        let lower = try await control.authenticate(Credentials(bearer: text))
        #expect(lower.role == .viewer)
        #expect(await control.holds(lower))
        bench.pass(3601)
        #expect(await !control.holds(lower))
        await #expect(throws: AccessError.badToken) { try await control.authenticate(Credentials(bearer: text)) }
    }

    @Test func `what is revoked or damaged is refused, not taken for nobody`() async throws {
        let control = try await bench.peopled()
        let root = Principal.socket(account: 0, process: 1)
        let (record, text) = try await control.makeToken(
            name: "x",
            user: try name("root"),
            scopes: Scope.all,
            life: nil,
            by: root
        )
        try await control.revokeToken(record.id, by: root)
        for bearer in [text, text + "x", "hom_", "", "a.b.c", "Basic x"] {
            await #expect(throws: AccessError.self) { try await control.authenticate(Credentials(bearer: bearer)) }
        }
        #expect(try await control.authenticate(Credentials()) == .nobody)
    }

    @Test func `a viewer changes nothing of others`() async throws {
        let control = try await bench.peopled()
        let grant = try await control.signIn(try name("vera"), password: Bench.password, code: nil, from: bench.client)
        let vera = try await principal(grant, control)
        await #expect(throws: AccessError.notOwn) {
            try await control.setPassword(
                of: try name("root"),
                current: nil,
                to: "another long one",
                by: vera,
                from: bench.client
            )
        }
        await #expect(throws: AccessError.notOwn) {
            try await control.makeToken(name: "", user: try name("root"), scopes: Scope.all, life: nil, by: vera)
        }
        await #expect(throws: AccessError.badCredentials) {
            try await control.setPassword(
                of: try name("vera"),
                current: "not the present one",
                to: "another long one",
                by: vera,
                from: bench.client
            )
        }
        try await control.setPassword(
            of: try name("vera"),
            current: Bench.password,
            to: "another long one",
            by: vera,
            from: bench.client
        )
        #expect(try await principal(grant, control).name == "vera")
        _ = try await control.signIn(try name("vera"), password: "another long one", code: nil, from: bench.client)
    }

    @Test func `an admin sets others' passwords, and the own one with the present one only`() async throws {
        let control = try await bench.peopled()
        let root = try name("root")
        let grant = try await control.signIn(root, password: Bench.password, code: nil, from: bench.client)
        let admin = try await principal(grant, control)
        await #expect(throws: AccessError.ownPassword) {
            try await control.put(root, role: nil, password: "another long one", by: admin)
        }
        _ = try await control.signIn(root, password: Bench.password, code: nil, from: bench.client)
        _ = try await control.put(try name("vera"), role: nil, password: "another long one", by: admin)
        _ = try await control.signIn(try name("vera"), password: "another long one", code: nil, from: bench.client)
        _ = try await control.put(root, role: .admin, password: nil, by: admin)
        try await control.setPassword(
            of: root,
            current: Bench.password,
            to: "another long one",
            by: admin,
            from: bench.client
        )
        #expect(try await principal(grant, control).name == "root")
    }

    @Test func `the last admin stays`() async throws {
        let control = try await bench.peopled()
        let root = try name("root")
        await #expect(throws: AccessError.lastAdmin(root)) { try await control.remove(root) }
        await #expect(throws: AccessError.lastAdmin(root)) {
            try await control.put(root, role: .viewer, password: nil, by: .socket(account: 0, process: 1))
        }
        _ = try await control.put(try name("opal"), role: .admin, password: nil, by: .socket(account: 0, process: 1))
        try await control.remove(root)
        #expect(await control.allUsers().map(\.name.text) == ["opal", "vera"])
    }

    @Test func `with an authenticator app a password alone is not enough, and a code works once`() async throws {
        let control = try await bench.peopled()
        let vera = try name("vera")
        let grant = try await control.signIn(vera, password: Bench.password, code: nil, from: bench.client)
        let principal = try await principal(grant, control)
        let app = try await control.beginTimeCode(of: vera, code: nil, by: principal, from: bench.client)
        func code() -> String { app.code(step: bench.time.withLock { $0 } / 30) }
        await #expect(throws: AccessError.badCredentials) {
            try await control.confirmTimeCode(of: vera, code: "000000x", by: principal)
        }
        try await control.confirmTimeCode(of: vera, code: code(), by: principal)
        #expect(!"\(try await bench.store.access())".contains("\(app.secret)"))
        await #expect(throws: AccessError.codeNeeded) {
            try await control.signIn(vera, password: Bench.password, code: nil, from: bench.client)
        }
        // The one that was shown at the beginning is spent.
        await #expect(throws: AccessError.badCredentials) {
            try await control.signIn(vera, password: Bench.password, code: code(), from: bench.client)
        }
        bench.pass(30)
        let used = code()
        _ = try await control.signIn(vera, password: Bench.password, code: used, from: bench.client)
        await #expect(throws: AccessError.badCredentials) {
            try await control.signIn(vera, password: Bench.password, code: used, from: bench.client)
        }
        // Whoever finds this browser open does not put an app of theirs in its place.
        await #expect(throws: AccessError.codeNeeded) {
            try await control.beginTimeCode(of: vera, code: nil, by: principal, from: bench.client)
        }
        for wrong in ["000000x", used] {
            await #expect(throws: AccessError.badCredentials) {
                try await control.beginTimeCode(of: vera, code: wrong, by: principal, from: bench.client)
            }
        }
        await #expect(throws: AccessError.self) {
            try await control.confirmTimeCode(of: vera, code: code(), by: principal)
        }
        bench.pass(30)
        let step = code()
        _ = try await control.beginTimeCode(of: vera, code: step, by: principal, from: bench.client)
        await #expect(throws: AccessError.badCredentials) {
            try await control.beginTimeCode(of: vera, code: step, by: principal, from: bench.client)
        }
        // An admin may, for a telephone that was lost.
        let root = Principal.socket(account: 0, process: 1)
        _ = try await control.beginTimeCode(of: vera, code: nil, by: root, from: bench.client)
        bench.pass(30)
        try await control.removeTimeCode(of: vera, code: code(), by: principal, from: bench.client)
        _ = try await control.signIn(vera, password: Bench.password, code: nil, from: bench.client)
    }
}
