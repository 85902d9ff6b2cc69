import HomieProcess

/// `iptables` or `ip6tables`: the programs that the engine itself makes its rules with, so that both see the same tables.
struct FilterProgram: Sendable {
    var isIPv6: Bool

    var name: String { isIPv6 ? "ip6tables" : "iptables" }

    /// Rules of a chain of the table `nat`; nil where there is no such chain. All chains are listed (`-S`): asked for one that
    /// is missing, versions of the program say different things.
    func rules(of chain: String) async throws -> [Substring]? {
        let result = try await run(name, ["-w", "5", "-t", "nat", "-S"])
        guard result.exitCode == 0 else { throw RelayError.refused(name, Self.words(result)) }
        let lines = result.text.split(separator: "\n")
        func isOfChain(_ line: Substring) -> Bool { line.split(separator: " ").dropFirst().first == chain[...] }
        let own = lines.filter(isOfChain)
        return own.isEmpty ? nil : own.filter { $0.hasPrefix("-A") }
    }

    /// Changes the table `nat` by the lines of iptables-restore(8), all at one moment or not at all.
    func restore(_ lines: [String]) async throws {
        let text = (["*nat"] + lines + ["COMMIT", ""]).joined(separator: "\n")
        let program = "\(name)-restore"
        let result = try await run(program, ["-w", "5", "--noflush"], input: Array(text.utf8))
        guard result.exitCode == 0 else { throw RelayError.refused(program, Self.words(result)) }
    }

    private func run(
        _ program: String,
        _ arguments: [String],
        input: [UInt8] = []
    ) async throws -> ChildProcess.Result {
        let child = ChildProcess(
            program: program,
            arguments: arguments,
            // They are in /usr/sbin, which is not in everybody's PATH.
            environment: ["PATH": "/usr/sbin:/sbin:/usr/bin:/bin"],
            standardError: .kept,
            capabilities: .networkAdministration
        )
        do {
            return try await child.run(input: input, timeLimit: .seconds(10))
        } catch {
            throw RelayError.notRun(program, error)
        }
    }

    private static func words(_ result: ChildProcess.Result) -> String {
        let lines = result.complaintText.split(separator: "\n").filter { !$0.hasPrefix("# Warning") }
        return lines.first.map(String.init) ?? "it ended with exit code \(result.exitCode)"
    }
}
