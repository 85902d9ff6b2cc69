internal import ArgumentParser
internal import HomieModel

/// How a command ended that did not throw.
enum Outcome: Sendable, Hashable {
    case done
    /// What was wanted is there, and not well: `doctor` found errors, a deployment failed.
    case ended(ErrorKind)
    /// Ctrl-C while waiting.
    case interrupted

    var exitCode: Int32 {
        switch self {
        case .done: 0
        case .ended(let kind): kind.exitCode
        // What shells give for a program that SIGINT ended.
        case .interrupted: 130
        }
    }
}

/// A command of `homie`: its arguments, and what it does with them.
protocol ConsoleCommand: ParsableCommand, Sendable {
    /// - Throws: a `UserFacingError`, which decides the exit code.
    func run(in surroundings: Surroundings) async throws -> Outcome
}

extension ConsoleCommand {
    /// The parser's own entry point, which ``Program`` does not use.
    func run() throws { throw CleanExit.helpRequest(self) }
}

/// `--json`
struct OutputOptions: ParsableArguments {
    @Flag(name: .customLong("json"), help: "Print one JSON document with stable keys (streams: one in each line).")
    var isJSON = false
}
