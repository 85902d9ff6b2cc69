import Foundation
import HomieEngine
import HomieModel
import HomieTestSupport
import Logging
import Testing

/// The real Docker Engine of the test run: `scripts/test` names its socket.
enum EngineUnderTest {
    private static var environment: [String: String] { ProcessInfo.processInfo.environment }

    static var socket: String? { environment["HOMIE_TEST_DOCKER_SOCKET"] }

    /// Tests run when there is an engine, and fail when one was promised.
    static var isExpected: Bool { socket != nil || environment["HOMIE_TEST_REQUIRE_DOCKER"] == "1" }

    static func requireSocket() throws -> String {
        try #require(socket, "HOMIE_TEST_REQUIRE_DOCKER is set, but HOMIE_TEST_DOCKER_SOCKET is not")
    }

    static func rounds(_ name: String, default standard: Int) -> Int {
        environment[name].flatMap { Int($0) } ?? standard
    }

    static func engine() throws -> DockerEngine {
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        return DockerEngine(socketPath: try requireSocket(), logger: logger)
    }

    /// Runs the engine's own client; returns what it prints.
    @discardableResult
    static func docker(_ arguments: String...) throws -> String {
        try Command.run("docker", ["--host", "unix://\(try requireSocket())"] + arguments)
    }

    /// Removes everything of a project, whatever a failed test left.
    static func clean(_ project: String) throws {
        let filter = "label=\(ContainerLabels.project)=\(project)"
        let containers = try docker("ps", "--all", "--quiet", "--filter", filter).split(separator: "\n").map(
            String.init
        )
        if !containers.isEmpty {
            try Command.run(
                "docker",
                ["--host", "unix://\(try requireSocket())", "rm", "--force", "--volumes"] + containers
            )
        }
        for network in try docker("network", "ls", "--quiet", "--filter", filter).split(separator: "\n") {
            try docker("network", "rm", String(network))
        }
        for volume in try docker("volume", "ls", "--quiet", "--filter", filter).split(separator: "\n") {
            try docker("volume", "rm", String(volume))
        }
    }
}

/// A program run to its end.
enum Command {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    @discardableResult
    static func run(_ program: String, _ arguments: [String]) throws -> String {
        let run = try ProgramRun("/usr/bin/env", [program] + arguments)
        guard run.status == 0 else {
            throw Failure(description: "\(program) \(arguments.joined(separator: " ")): \(run.complaint)")
        }
        return run.output
    }
}

/// Polls until `body` gives a value.
@discardableResult
func eventually<Value>(
    _ what: String,
    within limit: Duration = .seconds(60),
    _ body: () async throws -> Value?
) async throws -> Value {
    let clock = ContinuousClock()
    let end = clock.now + limit
    while clock.now < end {
        if let value = try await body() { return value }
        try await Task.sleep(for: .milliseconds(50))
    }
    throw Command.Failure(description: "it did not happen within \(limit) that \(what)")
}
