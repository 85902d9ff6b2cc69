import HomieModel
import HomieSupervisor
import Testing

@testable import HomieEngine

@Suite(.enabled(if: EngineFixture.isExpected, "HOMIE_TEST_DOCKER_SOCKET is not set"))
struct SpeedIntegrationTests {
    @Test func `fifty containers are all seen, each in full`() async throws {
        try await EngineFixture.with("many") { fixture in
            try await fixture.makeNetwork()
            let recipes = try await concurrentMap(Array(1...50), limit: 4) { index in
                try await fixture.recipe(index: index)
            }
            let made = try await ContinuousClock().measure {
                _ = try await concurrentMap(recipes, limit: 4) { try await fixture.engine.create($0) }
            }
            print("50 containers created in \(made)")
            // The quickest of three: the machine does other things, too.
            var took = Duration.seconds(60)
            for _ in 0..<3 {
                let once = try await ContinuousClock().measure {
                    let seen = try await fixture.engine.containers()
                    #expect(seen.filter { $0.stack == fixture.stack }.count == 50)
                }
                took = min(took, once)
            }
            print("50 containers observed in \(took)")
        }
    }
}
