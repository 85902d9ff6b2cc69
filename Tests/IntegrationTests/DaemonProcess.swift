import Foundation
import HomieAPI
import HomieHTTP
import HomieModel
import HomieTestSupport
import Testing

@testable import homie_cli

/// `homied` as a process of its own, with a state directory of its own, that can be killed and started again.
final class DaemonProcess {
    let directory: URL
    private var process = Process()

    let dockerSocket: String
    /// Added to the daemon's environment.
    var environment: [String: String] = [:]

    /// - Parameter dockerSocket: nil for the engine of the test run.
    init(dockerSocket: String? = nil) throws {
        self.dockerSocket = try dockerSocket ?? EngineUnderTest.requireSocket()
        directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "homie-\(UUID().uuidString.prefix(8))"
        )
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: directory)
    }

    var socket: String { directory.appendingPathComponent("homied.sock").path }
    var stateDirectory: String { directory.appendingPathComponent("state").path }
    var log: String {
        (try? String(contentsOf: directory.appendingPathComponent("log"), encoding: .utf8)) ?? ""
    }

    var client: APIClient {
        APIClient(transport: SocketTransport(client: HTTPClient(socketPath: socket, peer: "daemon")))
    }

    /// Starts it, and waits until it answers.
    func start(_ arguments: [String] = []) async throws {
        try launch(arguments)
        let client = client
        try await eventually("homied answers", within: .seconds(20)) {
            guard process.isRunning else { throw Command.Failure(description: "homied ended: \(log)") }
            return try? await client.version()
        }
    }

    func launch(_ arguments: [String] = []) throws {
        process = Process()
        process.executableURL = try Self.program("homied")
        process.arguments =
            [
                "--state-directory", stateDirectory, "--socket", socket, "--docker-socket",
                dockerSocket, "--log-format", "text", "--log-level", "debug",
            ] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        let path = directory.appendingPathComponent("log").path
        if !FileManager.default.fileExists(atPath: path) {
            try Data().write(to: URL(fileURLWithPath: path))
        }
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.seekToEnd()
        process.standardError = file
        process.standardOutput = file
        try process.start()
    }

    /// SIGKILL: nothing can be tidied up.
    func killHard() throws {
        kill(process.processIdentifier, SIGKILL)
        try process.waitUntilEnded()
    }

    /// SIGTERM; returns the exit code.
    func stop() throws -> Int32 {
        process.terminate()
        do {
            return try process.waitUntilEnded()
        } catch {
            throw Command.Failure(description: "\(error)\n\(log.suffix(6000))")
        }
    }

    /// The resident memory in KiB.
    func residentMemory() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return try #require(line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) })
    }

    var isRunning: Bool { process.isRunning }

    var processIdentifier: Int32 { process.processIdentifier }

    /// A program of this build.
    static func program(_ name: String) throws -> URL {
        let tests = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        let here = tests.deletingLastPathComponent().appendingPathComponent(name)
        if FileManager.default.isExecutableFile(atPath: here.path) { return here }
        let debug = URL(fileURLWithPath: ".build/debug/\(name)")
        try #require(FileManager.default.isExecutableFile(atPath: debug.path), "\(name) was not built")
        return debug
    }

    /// Waits until everything of the stack is as wanted.
    @discardableResult
    func converged(_ name: String, within limit: Duration = .seconds(60)) async throws -> StackStatus {
        let client = client
        let stack = try StackName(parsing: name)
        do {
            return try await eventually("'\(name)' has converged", within: limit) {
                guard let status = try? await client.stack(stack), status.isConverged else { return nil }
                return status
            }
        } catch {
            let status = try? await client.stack(stack)
            throw Command.Failure(description: "\(error)\n\(String(describing: status))\n\(log.suffix(6000))")
        }
    }

    /// Adds the daemon's log to an error.
    func explaining(_ body: () async throws -> Void) async throws {
        do { try await body() } catch { throw Command.Failure(description: "\(error)\n\(log.suffix(6000))") }
    }

    /// Applies, and waits for the deployment's end.
    func up(_ project: Project, _ settings: ApplySettings = ApplySettings()) async throws -> DeploymentRecord {
        let client = client
        let begun = try await client.apply(
            project.document,
            as: try StackName(parsing: project.name),
            options: settings
        )
        return try await settled(begun)
    }

    /// Waits for a deployment's end.
    func settled(_ deployment: DeploymentRecord) async throws -> DeploymentRecord {
        let client = client
        return try await eventually("the deployment ends") {
            let now = try await client.deployment(deployment.id)
            return now.state.isFinal ? now : nil
        }
    }
}
