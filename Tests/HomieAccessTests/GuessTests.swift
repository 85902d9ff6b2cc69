import HomieModel
import Testing

@testable import HomieAccess

@Suite("Guesses at passwords")
struct GuessTests {
    private let bench = Bench()

    /// One sign-in; the HTTP status of its answer.
    private func ask(
        _ control: AccessControl,
        _ user: String,
        _ password: String = "wrong password",
        from address: String = "192.0.2.7"
    ) async throws -> Int {
        do {
            let client = ClientFacts(address: address, program: "test")
            _ = try await control.signIn(try UserName(parsing: user), password: password, code: nil, from: client)
            return 200
        } catch let error as AccessError {
            return error.status
        }
    }

    @Test func `one client's guesses are slowed down, whomever they are at`() async throws {
        let control = try await bench.peopled()
        for _ in 0..<10 { #expect(try await ask(control, "vera") == 401) }
        #expect(try await ask(control, "vera", Bench.password) == 429)
        #expect(try await ask(control, "nobody") == 429)
        bench.pass(60)
        #expect(try await ask(control, "vera", Bench.password) == 200)
        #expect(try await ask(control, "nobody") == 401)
    }

    @Test func `the addresses of one IPv6 network are one client`() async throws {
        let control = try await bench.peopled()
        for index in 0..<10 { #expect(try await ask(control, "vera", from: "2001:db8:1:2::\(index)") == 401) }
        #expect(try await ask(control, "vera", from: "2001:db8:1:2:aaaa::1") == 429)
        #expect(try await ask(control, "vera", from: "2001:db8:1:3::1") == 401)
    }

    @Test func `one client that never stops guessing keeps nobody else out`() async throws {
        let control = try await bench.peopled()
        // As often as it likes, for an hour.
        for _ in 0..<3600 {
            let status = try await ask(control, "opal", from: "203.0.113.9")
            #expect([401, 429].contains(status))
            bench.pass(1)
        }
        for _ in 0..<10 { _ = try await ask(control, "opal", from: "203.0.113.9") }
        #expect(try await ask(control, "opal", Bench.password, from: "203.0.113.9") == 429)
        #expect(try await ask(control, "opal", Bench.password, from: "198.51.100.4") == 200)
    }

    @Test func `guesses from everywhere are slowed down, but a user comes in from where they have been before`()
        async throws
    {
        let control = try await bench.peopled()
        #expect(try await ask(control, "opal", Bench.password, from: "198.51.100.4") == 200)
        let elsewhere = ClientFacts(address: "2001:db8:1:2::1", program: "")
        let opal = try UserName(parsing: "opal")
        let grant = try await control.signIn(opal, password: Bench.password, code: nil, from: elsewhere)
        _ = try await control.end(refresh: grant.refresh)
        for index in 0..<50 { _ = try await ask(control, "opal", from: "203.0.113.\(index)") }
        #expect(try await ask(control, "opal", Bench.password, from: "203.0.113.99") == 429)
        // Others are not concerned.
        #expect(try await ask(control, "vera", Bench.password, from: "203.0.113.99") == 200)
        // Where a session lives, also after a restart, and where one was of late.
        #expect(try await ask(control, "opal", Bench.password, from: "198.51.100.4") == 200)
        #expect(try await ask(control, "opal", Bench.password, from: "2001:db8:1:2::77") == 200)
        let restarted = bench.control()
        _ = try await restarted.load()
        for index in 0..<50 { _ = try await ask(restarted, "opal", from: "203.0.113.\(index)") }
        #expect(try await ask(restarted, "opal", Bench.password, from: "203.0.113.99") == 429)
        #expect(try await ask(restarted, "opal", Bench.password, from: "198.51.100.4") == 200)
        // There, too, guesses are slow.
        for _ in 0..<9 { _ = try await ask(restarted, "opal", from: "198.51.100.4") }
        _ = try await ask(restarted, "opal", from: "198.51.100.4")
        #expect(try await ask(restarted, "opal", Bench.password, from: "198.51.100.4") == 429)
    }

    @Test func `so many places are remembered, and for so long`() throws {
        var places = FamiliarPlaces()
        let vera = try UserName(parsing: "vera")
        func at(_ day: Int64) -> Timestamp { Timestamp(nanoseconds: day * 86_400_000_000_000) }
        for day in 1...17 { places.note("\(day)", of: vera, at: at(Int64(day))) }
        #expect(!places.contains("1", of: vera, at: at(17)))
        #expect((2...17).allSatisfy { places.contains("\($0)", of: vera, at: at(17)) })
        #expect(!places.contains("17", of: try UserName(parsing: "opal"), at: at(17)))
        #expect(places.contains("17", of: vera, at: at(47)) && !places.contains("17", of: vera, at: at(48)))
        places.forget(vera)
        #expect(!places.contains("17", of: vera, at: at(17)))
    }
}
