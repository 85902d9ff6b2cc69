import Foundation
import HomieModel
import HomieTestSupport
import HomieTransfer
import Testing

/// Sends the API what its own description allows, and much that it does not (<https://schemathesis.readthedocs.io>).
/// HOMIE_TEST_API_EXAMPLES sets how many requests are made up for each operation at least.
@Suite(
    .enabled(if: GatewayedDaemon.isExpected, "no Docker Engine or no HAProxy was promised to these tests"),
    .serialized
)
struct SchemathesisIntegrationTests {
    private static var program: String? { ProcessInfo.processInfo.environment["HOMIE_TEST_SCHEMATHESIS"] }
    private static let settings = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../scripts/lib/schemathesis.toml").standardized.path

    @Test(.enabled(if: program != nil || GatewayedDaemon.isExpected, "schemathesis is not there"))
    func `the API answers as its description says, whatever it is sent`() async throws {
        let program = try #require(Self.program, "HOMIE_TEST_SCHEMATHESIS is not set; scripts/test sets it")
        let examples = EngineUnderTest.rounds("HOMIE_TEST_API_EXAMPLES", default: 6)
        let seed = EngineUnderTest.rounds("HOMIE_TEST_SEED", default: Int.random(in: 1...1_000_000))
        try EngineUnderTest.clean("shop")
        let gatewayed = try await GatewayedDaemon()
        try await gatewayed.daemon.explaining {
            try await gatewayed.add("root", .admin)
            let token = try await gatewayed.token(of: "root")
            // What the description's examples name.
            try await gatewayed.add("ann", .viewer)
            var project = Project(name: "shop")
            project.add("web") { $0["labels"] = .object(["io.homie.expose": .string("80")]) }
            #expect(try await gatewayed.daemon.up(project).state == .succeeded)
            func run(_ token: String, _ operations: [String]) throws {
                let run = try ProgramRun(
                    "/usr/bin/env",
                    [
                        "--chdir", gatewayed.daemon.directory.path, program, "--config-file", Self.settings, "run",
                        "\(gatewayed.device)/api/v1/openapi.json", "--tls-verify", gatewayed.authority, "--header",
                        "Authorization:Bearer \(token)", "--checks", "all", "--max-examples", "\(examples)", "--seed",
                        "\(seed)", "--request-timeout", "30", "--no-shrink", "--continue-on-failure",
                        "--generation-database", "none", "--no-color", "--warnings", "off",
                    ] + operations,
                    within: .seconds(900)
                )
                let words = "seed \(seed)\n\(run.output.suffix(8000))\n\(run.complaint.suffix(2000))"
                #expect(run.status == 0, "\(words)")
                #expect(run.output.contains("Coverage (in") && run.output.contains("Fuzzing (in"), "\(words)")
            }
            // What takes away the token that it comes with has its turn at the end.
            let harmful = ["revokeToken", "removeUser", "putUser"]
            try run(token, harmful.flatMap { ["--exclude-operation-id", $0] })
            #expect(try await gatewayed.ask("GET", "/api/v1/session", token: token).status == 200)
            let other = try await gatewayed.token(of: "root")
            try run(other, harmful.flatMap { ["--include-operation-id", $0] })
            let log = gatewayed.daemon.log
            #expect(!log.contains("Fatal error"), "\(log.suffix(4000))")
        }
        // It would bring back what is cleared away.
        #expect(try gatewayed.daemon.stop() == 0)
        try EngineUnderTest.clean("shop")
    }
}
