import Glibc
import HomieModel
import HomieProcess
import Testing

@testable import HomieGateway

extension GatewayIntegrationTests {
    @Test func `what one replica leaves without an answer another one answers, if that is safe`() async throws {
        try await GatewayFixture.with { fixture in
            let (good, bad) = (try await TestBackend.start("good"), try await TestBackend.start("bad"))
            func ask(_ method: String) throws -> [Int] {
                try (0..<6).map { _ in
                    let connection = try RawConnection(port: fixture.port)
                    let head = "\(method) /hang-up-bad HTTP/1.1\r\nHost: web.homie.local\r\nContent-Length: 0\r\n\r\n"
                    try connection.send(head)
                    return try connection.response().status
                }
            }
            try await fixture.settle(try table([("web", [good, bad])]))
            #expect(try ask("GET") == Array(repeating: 200, count: 6))
            #expect(try Set(ask("POST")) == [200, 502])
            // Alone, it is asked once.
            try await fixture.settle(try table([("web", [bad])]))
            let before = bad.requests
            #expect(try ask("GET") == Array(repeating: 502, count: 6))
            #expect(bad.requests == before + 6)
        }
    }

    @Test func `HAProxy goes before what else the machine does, where it may`() async throws {
        let trial = ChildProcess(program: "nice", arguments: ["-n", "-5", "nice"], standardError: .kept)
        let line = try await trial.run(timeLimit: .seconds(10)).text.split(separator: "\n").first
        let wanted = try #require(line.flatMap { Int32($0) })
        try await GatewayFixture.with { fixture in
            try await fixture.settle(RouteTable())
            let master = try #require(fixture.master)
            #expect(getpriority(__priority_which_t(PRIO_PROCESS.rawValue), id_t(master)) == wanted)
        }
    }
}
