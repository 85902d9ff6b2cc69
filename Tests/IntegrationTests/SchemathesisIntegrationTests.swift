import Foundation
import HomieModel
import HomieTestSupport
import Testing

/// Sends the API what its own description allows, and much that it does not (<https://schemathesis.readthedocs.io>).
@Suite(
    .enabled(if: GatewayedDaemon.isExpected, "no Docker Engine or no HAProxy was promised to these tests"),
    .serialized
)
struct SchemathesisIntegrationTests {
    private static var program: String? { ProcessInfo.processInfo.environment["HOMIE_TEST_SCHEMATHESIS"] }

    @Test(.enabled(if: program != nil || GatewayedDaemon.isExpected, "schemathesis is not there"))
    func `the API answers as its description says, whatever it is sent`() async throws {
        let program = try #require(Self.program, "HOMIE_TEST_SCHEMATHESIS is not set; scripts/test sets it")
        let gatewayed = try await GatewayedDaemon()
        try await gatewayed.daemon.explaining {
            try await gatewayed.add("root", .admin)
            let token = try await gatewayed.token(of: "root")
            let run = try ProgramRun(
                "/usr/bin/env",
                [
                    "SCHEMATHESIS_HOOKS=", program, "run", "\(gatewayed.device)/api/v1/openapi.json", "--tls-verify",
                    gatewayed.authority, "--header", "Authorization:Bearer \(token)", "--checks", "all",
                    // The suite keeps its token to the end, and ends no session but those it made.
                    "--exclude-operation-id", "signOut", "--phases", "examples,coverage,fuzzing", "--max-examples",
                    "12",
                    "--seed", "1", "--request-timeout", "30", "--no-shrink", "--continue-on-failure",
                    "--generation-database",
                    "none",
                ],
                within: .seconds(240)
            )
            #expect(run.status == 0, "\(run.output.suffix(8000))\n\(run.complaint.suffix(2000))")
        }
    }
}
