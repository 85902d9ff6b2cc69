import FoundationEssentials
import HomieModel
import HomieSupervisor
import Logging
import Testing

@testable import HomieEngine

/// A stack of its own on the real engine, whose containers, networks and volumes are gone when the test is over.
struct EngineFixture: Sendable {
    private static let environment = ProcessInfo.processInfo.environment
    static let socketPath = environment["HOMIE_TEST_DOCKER_SOCKET"]
    /// Tests run when there is an engine, and fail when one was promised.
    static let isExpected = socketPath != nil || environment["HOMIE_TEST_REQUIRE_DOCKER"] == "1"

    let engine: DockerEngine
    let stack: StackName
    let network: NetworkDefinition

    static func with(_ name: String, _ body: (EngineFixture) async throws -> Void) async throws {
        let path = try #require(socketPath, "HOMIE_TEST_REQUIRE_DOCKER is set, but HOMIE_TEST_DOCKER_SOCKET is not")
        let stack = try StackName(parsing: "eng-\(name)")
        let fixture = EngineFixture(
            engine: DockerEngine(socketPath: path, credentialsPath: "/nonexistent", logger: Logger(label: "test")),
            stack: stack,
            network: NetworkDefinition(name: "\(stack)_default")
        )
        try await fixture.cleanUp()
        do {
            try await body(fixture)
        } catch {
            try await fixture.cleanUp()
            throw error
        }
        try await fixture.cleanUp()
    }

    func cleanUp() async throws {
        for container in try await engine.containers() where container.stack == stack {
            try await engine.remove(container.id, anonymousVolumes: true)
        }
        let names = try await engine.resources(of: stack)
        for network in names.networks { try await engine.removeNetwork(network) }
        for volume in names.volumes { try await engine.removeVolume(volume) }
    }

    func makeNetwork() async throws { try await engine.ensureNetwork(network, key: "default", stack: stack) }

    /// A recipe for `homie/static:1` on the default network, unless `change` says otherwise.
    func recipe(
        _ service: String = "web",
        image: String = "homie/static:1",
        index: Int = 1,
        digest: String = "d1",
        _ change: (inout ServiceDefinition) -> Void = { _ in }
    ) async throws -> ContainerRecipe {
        let name = try ServiceName(parsing: service)
        var definition = ServiceDefinition()
        definition.image = image
        definition.networks = ["default": NetworkAttachment()]
        change(&definition)
        let id = try #require(try await engine.image(image)?.id, "scripts/fixtures makes \(image)")
        return ContainerRecipe(
            name: "\(stack)-\(service)-\(index)",
            stack: stack,
            service: name,
            index: index,
            definition: definition,
            imageID: id,
            labels: [
                ContainerLabels.project: stack.text, ContainerLabels.service: service,
                ContainerLabels.number: String(index), ContainerLabels.specDigest: digest,
            ],
            networks: ["default": network]
        )
    }

    /// Waits until the container is as wanted; the last look at it.
    func wait(
        for id: String,
        upTo limit: Duration = .seconds(20),
        until isRight: (ObservedContainer) -> Bool
    ) async throws -> ObservedContainer {
        let end = ContinuousClock.now + limit
        while true {
            let seen = try #require(try await engine.container(id))
            if isRight(seen) || ContinuousClock.now > end { return seen }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    func shell(_ line: String, in id: String) async throws -> ExecutionResult {
        try await engine.execute(["sh", "-c", line], in: id, timeout: .seconds(20))
    }
}
