public import ArgumentParser
internal import HomieConsole
public import HomieModel

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// The ending of a command that did what it was asked for, and found that something is not well.
public struct Ending: Error, Sendable {
    public var exitCode: Int32

    public init(_ kind: ErrorKind) { exitCode = kind.exitCode }
}

extension AsyncParsableCommand {
    /// Runs this command as the whole program: reads the arguments, reports errors as `error: …` and `hint: …`, and
    /// ends the process with Homie's exit codes.
    public static func runAsProgram(_ arguments: [String]? = nil) async -> Never {
        let console = Console(environment: environment())
        do {
            var command = try parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            end(0)
        } catch let ending as Ending {
            end(ending.exitCode)
        } catch is CancellationError {
            end(130)
        } catch let error as any UserFacingError {
            let report = ErrorReport(error)
            // Nobody is left to tell when standard error is gone.
            try? console.errors.write(report.text(console.errors.palette))
            end(report.exitCode)
        } catch {
            let isSuccess = exitCode(for: error).isSuccess
            let text = fullMessage(for: error)
            if !text.isEmpty { try? (isSuccess ? console.output : console.errors).write(text + "\n") }
            end(isSuccess ? 0 : ErrorKind.usage.exitCode)
        }
    }

    private static func environment() -> [String: String] {
        var values: [String: String] = [:]
        for name in ["NO_COLOR", "TERM"] {
            if let value = getenv(name) { values[name] = String(cString: value) }
        }
        return values
    }
}

/// Inside of a command, `exit` is a method of the parser's.
private func end(_ code: Int32) -> Never { exit(code) }
