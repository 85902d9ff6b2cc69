import Foundation
import Glibc
import HomieHTTP
import HomieModel
import HomieTestSupport

/// A Docker Engine of a test's own, that can be stopped and killed.
final class PrivateEngine {
    let directory: URL
    private var process: pid_t = 0

    init() throws {
        directory = URL(fileURLWithPath: "/tmp/homie-engine-\(UUID().uuidString.prefix(6))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    deinit {
        // Nobody is left to be told that the engine had to be killed.
        try? end(SIGTERM)
        try? FileManager.default.removeItem(at: directory)
    }

    var socket: String { directory.appendingPathComponent("docker.sock").path }

    @discardableResult
    func docker(_ arguments: String...) throws -> String {
        try Command.run("docker", ["--host", "unix://\(socket)"] + arguments)
    }

    func start() async throws {
        let log = directory.appendingPathComponent("log").path
        try? FileManager.default.removeItem(at: directory.appendingPathComponent("docker.pid"))
        // A machine whose first process does not reap leaves a dead containerd that seems to run.
        try? FileManager.default.removeItem(at: directory.appendingPathComponent("exec/containerd/containerd.pid"))
        // In a network namespace of its own: otherwise it would remove the bridge of the machine's other engine.
        process = try Self.spawn(
            [
                "/usr/bin/unshare", "--net", "dockerd", "--data-root", directory.appendingPathComponent("data").path,
                "--exec-root", directory.appendingPathComponent("exec").path, "--host", "unix://\(socket)",
                "--pidfile", directory.appendingPathComponent("docker.pid").path, "--bridge", "none",
                "--iptables=false",
                "--ip6tables=false", "--ip-forward=false",
            ],
            log: log
        )
        try await eventually("the private engine answers") { try? docker("version") }
    }

    /// Not Foundation's `Process`: that one waits until everything the engine started has ended, too.
    private static func spawn(_ arguments: [String], log: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        guard posix_spawn(&process, arguments[0], &actions, nil, words, environ) == 0 else {
            throw Command.Failure(description: "\(arguments[0]) could not be started")
        }
        return process
    }

    private func end(_ signal: Int32) throws {
        guard process > 0 else { return }
        kill(process, signal)
        let ended = process
        process = 0
        try waitUntilEnded(ended)
    }

    /// SIGTERM: the engine stops its containers first.
    func stop() throws { try end(SIGTERM) }

    /// SIGKILL: the containers are left without their engine.
    func killHard() throws { try end(SIGKILL) }

    /// Takes an image over from the engine of the test run.
    func take(_ image: String) throws {
        let archive = directory.appendingPathComponent("image.tar").path
        try EngineUnderTest.docker("save", "--output", archive, image)
        try docker("load", "--input", archive)
        try FileManager.default.removeItem(atPath: archive)
    }
}
