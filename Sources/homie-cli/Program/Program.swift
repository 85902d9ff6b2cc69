internal import ArgumentParser
internal import HomieConsole
internal import HomieModel

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// From an argument vector to an exit code.
enum Program {
    static func run(_ arguments: [String], in surroundings: Surroundings) async -> Int32 {
        do {
            return try await attempt(arguments, in: surroundings)
        } catch {
            return report(error, on: surroundings.console)
        }
    }

    /// Shows an error.
    ///
    /// - Returns: the exit code.
    static func report(_ error: any Error, on console: Console) -> Int32 {
        if case ConsoleError.readerGone = error { return 128 + SIGPIPE }
        let report = ErrorReport(error)
        do {
            try console.errors.write(report.text(console.errors.palette))
        } catch {
            // Without a standard error there is nobody left to tell; the exit code still does.
            return report.exitCode
        }
        return report.exitCode
    }

    private static func attempt(_ arguments: [String], in surroundings: Surroundings) async throws -> Int32 {
        var command: any ParsableCommand
        do {
            command = try Homie.parseAsRoot(arguments)
            if !(command is any ConsoleCommand) { try command.run() }
        } catch {
            return try answer(error, arguments, on: surroundings.console)
        }
        guard let command = command as? any ConsoleCommand else { return 0 }
        return try await command.run(in: surroundings).exitCode
    }

    /// Help and versions go to standard output; wrong arguments are a usage error.
    private static func answer(_ error: any Error, _ arguments: [String], on console: Console) throws -> Int32 {
        guard Homie.exitCode(for: error) != .success else {
            try console.output.print(Homie.fullMessage(for: error))
            return 0
        }
        if error is any UserFacingError { throw error }
        throw ArgumentFault(summary: summary(of: error), command: arguments.first { knownNames.contains($0) })
    }

    private static func summary(of error: any Error) -> String {
        let text = Homie.message(for: error)
        let line = text.split(separator: "\n").first.map(String.init) ?? "the arguments are wrong"
        return line.hasSuffix(".") ? String(line.dropLast()) : line
    }

    private static let knownNames = Set(
        (Homie.configuration.groupedSubcommands.flatMap(\.subcommands)).map { $0._commandName }
    )
}

/// Arguments that cannot be understood.
struct ArgumentFault: UserFacingError, Equatable {
    let summary: String
    /// The subcommand they were given to, if one was recognised.
    let command: String?

    var hint: String? { "see 'homie \(command.map { "\($0) " } ?? "")--help'" }
    var kind: ErrorKind { .usage }
}
