import HomieModel
import Synchronization
import Testing

@testable import HomieAccess

@Suite("Sessions")
struct SessionTests {
    private let bench = Bench()
    private func name(_ text: String) throws -> UserName { try UserName(parsing: text) }

    private func principal(_ grant: SessionGrant, _ control: AccessControl) async throws -> Principal {
        try await control.authenticate(Credentials(bearer: grant.token))
    }

    @Test func `a session ends when it is ended, whatever its token says`() async throws {
        let control = try await bench.peopled()
        let grant = try await control.signIn(try name("vera"), password: Bench.password, code: nil, from: bench.client)
        let vera = try await principal(grant, control)
        #expect(vera.name == "vera" && vera.role == .viewer)
        await #expect(throws: AccessError.badSession("for somebody else")) {
            try await control.authenticate(Credentials(bearer: grant.gatewayToken))
        }
        try await control.end(grant.session, by: vera)
        await #expect(throws: AccessError.self) { try await principal(grant, control) }
    }

    @Test func `what renews a session ends it as well, also after its token has run out, and nothing else does`()
        async throws
    {
        let control = try await bench.peopled()
        func signedIn() async throws -> SessionGrant {
            try await control.signIn(try name("vera"), password: Bench.password, code: nil, from: bench.client)
        }
        let (first, second) = (try await signedIn(), try await signedIn())
        bench.pass(601)
        let forged = TokenText(.refresh, identity: first.session, from: .system)
        for text in [forged.text, "x", first.token] { #expect(try await control.end(refresh: text) == nil) }
        #expect(await control.sessions(of: nil).count == 2)
        #expect(try await control.end(refresh: first.refresh) == first.user)
        #expect(try await control.end(refresh: first.refresh) == nil)
        // Another tab renewed it meanwhile.
        _ = try await control.renew(second.refresh, from: bench.client)
        #expect(try await control.end(refresh: second.refresh) == second.user)
        #expect(await control.sessions(of: nil).isEmpty)
    }

    @Test func `a session outlives a restart, its token not its time`() async throws {
        let control = try await bench.peopled()
        let grant = try await control.signIn(try name("vera"), password: Bench.password, code: nil, from: bench.client)
        let restarted = bench.control()
        _ = try await restarted.load()
        #expect(try await principal(grant, restarted).name == "vera")
        bench.pass(601)
        await #expect(throws: AccessError.badSession("expired")) { try await principal(grant, restarted) }
        let next = try await restarted.renew(grant.refresh, from: bench.client)
        #expect(next.session == grant.session)
        #expect(try await principal(next, restarted).name == "vera")
        bench.pass(8 * 86_400)
        await #expect(throws: AccessError.badRefresh) { try await restarted.renew(next.refresh, from: bench.client) }
    }

    @Test func `a refresh token that comes a second time ends the session for both`() async throws {
        let control = try await bench.peopled()
        let stolen = try await control.signIn(try name("vera"), password: Bench.password, code: nil, from: bench.client)
        let next = try await control.renew(stolen.refresh, from: bench.client)
        bench.pass(16)
        await #expect(throws: AccessError.badRefresh) { try await control.renew(stolen.refresh, from: bench.client) }
        await #expect(throws: AccessError.badRefresh) { try await control.renew(next.refresh, from: bench.client) }
        await #expect(throws: AccessError.self) { try await principal(next, control) }
        #expect(try await control.audit(AuditQuery()).contains { $0.operation == "renewSession" && $0.status == 401 })
    }

    @Test func `tabs that come back together renew with the same token, and all stay signed in`() async throws {
        let control = try await bench.peopled()
        let kept = try await control.signIn(try name("vera"), password: Bench.password, code: nil, from: bench.client)
        bench.pass(700)
        var refreshes: Set<String> = []
        for _ in 0..<3 {
            let grant = try await control.renew(kept.refresh, from: bench.client)
            #expect(grant.session == kept.session)
            #expect(try await principal(grant, control).name == "vera")
            refreshes.insert(grant.refresh)
            bench.pass(7)
        }
        // Whichever answer came last, the cookie is the same.
        let next = try #require(refreshes.first)
        #expect(refreshes.count == 1)
        bench.pass(600)
        _ = try await control.renew(next, from: bench.client)
        // What was spent before that is no tab's any more, and a thief's.
        await #expect(throws: AccessError.badRefresh) { try await control.renew(kept.refresh, from: bench.client) }
        #expect(await control.sessions(of: nil).isEmpty)
    }

    @Test func `a tab is not taken for a thief either when the daemon was started anew meanwhile`() async throws {
        let control = try await bench.peopled()
        let kept = try await control.signIn(try name("vera"), password: Bench.password, code: nil, from: bench.client)
        _ = try await control.renew(kept.refresh, from: bench.client)
        bench.pass(10)
        let restarted = bench.control()
        _ = try await restarted.load()
        let grant = try await restarted.renew(kept.refresh, from: bench.client)
        bench.pass(600)
        _ = try await restarted.renew(grant.refresh, from: bench.client)
    }
}
