internal import Glibc
internal import HomieModel
internal import HomieProcess

/// HAProxy's master and worker on this host: checks, starts, reloads. It outlives homied: systemd keeps it in a unit of its
/// own, or it was started in the background and is nobody's.
struct HAProxyProcess: Sendable {
    /// Looked up in PATH, and in the folders where Debian keeps it.
    let program: String
    let paths: GatewayPaths
    /// Somebody else starts it.
    let isKeptBySystem: Bool

    /// Where the worker's new description must show up in time after a start or reload.
    private static let patience = 300

    /// - Throws: ``GatewayError/refused(words:)`` with HAProxy's own words, ``GatewayError/missing(underlying:)``
    func check(_ configuration: String) async throws(GatewayError) {
        let result = try await run(.check(configuration: configuration))
        guard result.exitCode == 0 else { throw .refused(words: Self.words(result.complaint)) }
    }

    /// Starts HAProxy with the configuration in place; returns when it serves.
    ///
    /// - Throws: ``GatewayError``
    func start(identity: String) async throws(GatewayError) {
        guard !isKeptBySystem else { return try await waitForSystem(identity) }
        let result = try await run(.start(paths))
        guard result.exitCode == 0 else { throw .notStarted(words: Self.words(result.complaint)) }
        try await wait(for: identity)
    }

    /// What it was started with may be what was written before.
    private func waitForSystem(_ identity: String) async throws(GatewayError) {
        for _ in 0..<Self.patience {
            switch await description() {
            case nil: break
            case "homie-\(identity)": return
            case _?: return try await reload(identity: identity)
            }
            do { try await Task.sleep(for: .milliseconds(100)) } catch { break }
        }
        throw .notStarted(words: "systemd has not started it: 'systemctl status homie-gateway.service' says why")
    }

    /// What the worker that serves was started with; nil while none does.
    private func description() async -> String? {
        do throws(GatewayError) {
            return RuntimeAnswers.info(try await RuntimeSocket(path: paths.runtimeSocket).run(.showInfo))["description"]
        } catch {
            return nil
        }
    }

    /// Has the master start a new worker, which takes the listening sockets over from the old one; the old one finishes
    /// what it has. Returns when the new one serves.
    ///
    /// - Throws: ``GatewayError/notStarted(words:)`` when the old worker goes on alone.
    func reload(identity: String) async throws(GatewayError) {
        // The answer is the end of the stream: the master executes itself anew (2.6), or says how it went (2.8).
        _ = try await RuntimeSocket(path: paths.masterSocket).ask("reload\n")
        try await wait(for: identity)
    }

    /// Whether a master answers.
    func isRunning() async -> Bool {
        do throws(GatewayError) {
            return try await RuntimeSocket(path: paths.masterSocket).ask("show proc\n").contains("master")
        } catch {
            return false
        }
    }

    private func wait(for identity: String) async throws(GatewayError) {
        let socket = RuntimeSocket(path: paths.runtimeSocket)
        var last = ""
        for _ in 0..<Self.patience {
            do throws(GatewayError) {
                last = RuntimeAnswers.info(try await socket.run(.showInfo))["description"] ?? ""
                if last == "homie-\(identity)" { return }
            } catch {
                last = error.summary
            }
            do { try await Task.sleep(for: .milliseconds(100)) } catch { break }
        }
        throw .notStarted(words: "it still runs as '\(last)'")
    }

    private func run(_ command: HAProxyCommand) async throws(GatewayError) -> ChildProcess.Result {
        do {
            let words = ["-n", "\(command.niceness)", program] + command.arguments
            let result = try await ChildProcess(program: "nice", arguments: words, standardError: .kept)
                .run(input: [], timeLimit: .seconds(30))
            // So it says that there is no such program (nice(1)).
            guard result.exitCode != 127 else { throw Errno(code: ENOENT) }
            return result
        } catch {
            throw .missing(underlying: error)
        }
    }

    /// The lines that say what is wrong, at most five.
    private static func words(_ output: [UInt8]) -> String {
        let lines = String(decoding: output, as: UTF8.self).split(separator: "\n")
        let alerts = lines.filter { $0.contains("[ALERT]") }
        return (alerts.isEmpty ? lines : alerts).prefix(5).joined(separator: "\n")
    }
}
