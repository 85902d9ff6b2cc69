import HomieModel
import Synchronization
import Testing

@testable import HomieAccess

@Suite("Sign-in of a device without a browser")
struct DeviceSignInTests {
    private let bench = Bench()

    private func parts() async throws -> (AccessControl, DeviceSignIn, Principal) {
        let control = try await bench.peopled()
        let bench = bench
        let devices = DeviceSignIn(access: control) {
            Timestamp(nanoseconds: bench.time.withLock { $0 } * 1_000_000_000)
        }
        let vera = try UserName(parsing: "vera")
        let grant = try await control.signIn(vera, password: Bench.password, code: nil, from: bench.client)
        return (control, devices, try await control.authenticate(Credentials(bearer: grant.token)))
    }

    @Test func `it is let in as whoever types its code, once`() async throws {
        let (control, devices, vera) = try await parts()
        let start = try await devices.begin(from: ClientFacts(address: "192.0.2.9", program: "homie/1"))
        #expect(start.userCode.count == 9)
        await #expect(throws: AccessError.devicePending) {
            try await devices.redeem(start.deviceCode, from: bench.client)
        }
        await #expect(throws: AccessError.deviceTooFast) {
            try await devices.redeem(start.deviceCode, from: bench.client)
        }
        let typed = start.userCode.lowercased().replacing("-", with: " ")
        #expect(try await devices.decide(typed, allows: true, by: vera, from: bench.client) == "homie/1")
        bench.pass(5)
        let grant = try await devices.redeem(start.deviceCode, from: bench.client)
        #expect(try await control.authenticate(Credentials(bearer: grant.token)).name == "vera")
        await #expect(throws: AccessError.deviceDenied) {
            try await devices.redeem(start.deviceCode, from: bench.client)
        }
    }

    @Test func `devices of many others that wait keep none from being let in`() async throws {
        let (_, devices, vera) = try await parts()
        let start = try await devices.begin(from: ClientFacts(address: "192.0.2.9", program: "homie/1"))
        func begin(_ number: Int) async throws {
            _ = try await devices.begin(from: ClientFacts(address: "203.0.113.\(number)", program: ""))
        }
        for _ in 0..<10 { try await begin(0) }
        await #expect(throws: AccessError.throttled(after: .seconds(600), policy: "sign-in")) { try await begin(0) }
        for number in 0..<150 { try await begin(1 + number / 10) }
        try await devices.decide(start.userCode, allows: true, by: vera, from: bench.client)
        _ = try await devices.redeem(start.deviceCode, from: bench.client)
        _ = try await devices.begin(from: bench.client)
        bench.pass(600)
        try await begin(0)
    }

    @Test func `it is turned away when somebody says so, or when nobody says anything`() async throws {
        let (_, devices, vera) = try await parts()
        let denied = try await devices.begin(from: bench.client)
        try await devices.decide(denied.userCode, allows: false, by: vera, from: bench.client)
        await #expect(throws: AccessError.deviceDenied) {
            try await devices.redeem(denied.deviceCode, from: bench.client)
        }
        let late = try await devices.begin(from: bench.client)
        bench.pass(601)
        await #expect(throws: AccessError.noDevice(late.userCode)) {
            try await devices.decide(late.userCode, allows: true, by: vera, from: bench.client)
        }
        await #expect(throws: AccessError.deviceDenied) {
            try await devices.redeem(late.deviceCode, from: bench.client)
        }
    }

    @Test func `a token or the socket lets nobody in, and codes cannot be tried one after the other`() async throws {
        let (_, devices, vera) = try await parts()
        let start = try await devices.begin(from: bench.client)
        await #expect(throws: AccessError.signInNeeded) {
            try await devices.decide(
                start.userCode,
                allows: true,
                by: .socket(account: 0, process: 1),
                from: bench.client
            )
        }
        for _ in 0..<9 {
            await #expect(throws: AccessError.noDevice("BBBB-BBBB")) {
                try await devices.decide("BBBB-BBBB", allows: true, by: vera, from: bench.client)
            }
        }
        await #expect {
            for _ in 0..<3 { _ = try? await devices.decide("BBBB-BBBB", allows: true, by: vera, from: bench.client) }
            try await devices.decide(start.userCode, allows: true, by: vera, from: bench.client)
        } throws: { ($0 as? AccessError)?.status == 429 }
    }

    @Test func `who let it in must still be in, with the same password, when it comes`() async throws {
        let (control, devices, vera) = try await parts()
        let user = try #require(vera.user)
        func allowed() async throws -> String {
            let start = try await devices.begin(from: bench.client)
            try await devices.decide(start.userCode, allows: true, by: vera, from: bench.client)
            return start.deviceCode
        }
        let early = try await allowed()
        try await control.setPassword(
            of: user,
            current: Bench.password,
            to: "another long one",
            by: vera,
            from: bench.client
        )
        await #expect(throws: AccessError.deviceDenied) { try await devices.redeem(early, from: bench.client) }
        // The session in which the password was changed goes on.
        _ = try await devices.redeem(try await allowed(), from: bench.client)
        let late = try await allowed()
        guard case .session(let id) = vera.way else { return }
        try await control.end(id, by: vera)
        await #expect(throws: AccessError.deviceDenied) { try await devices.redeem(late, from: bench.client) }
        let start = try await devices.begin(from: bench.client)
        await #expect(throws: AccessError.signInNeeded) {
            try await devices.decide(start.userCode, allows: true, by: vera, from: bench.client)
        }
    }
}
