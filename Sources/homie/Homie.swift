internal import HomieConsole
internal import HomieModel
internal import HomieReceipts

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The command `homie`: answers from a receipt what can be answered so, and becomes `homie-cli` for all else.
///
/// Two programs, since this one has no shared library and starts in a millisecond, which one that speaks HTTPS, parses YAML
/// and runs an event loop cannot.
@main
enum Main {
    static func main() {
        let environment = ProcessFacts.environment()
        let console = Console(environment: environment)
        guard let program = Program.path() else { exit(report(ProgramMissing(), on: console)) }
        do {
            let quick = QuickUp(
                Array(CommandLine.arguments.dropFirst()),
                workingDirectory: ProcessFacts.workingDirectory(environment),
                environment: environment,
                program: program,
                console: console
            )
            if try quick?.run() == true { exit(0) }
        } catch ConsoleError.readerGone {
            exit(128 + SIGPIPE)
        } catch {
            exit(report(error, on: console))
        }
        let failure = FileFault(code: Program.become(program))
        exit(report(ProgramUnusable(path: program, reason: failure.description), on: console))
    }

    private static func report(_ error: any Error, on console: Console) -> Int32 {
        let report = ErrorReport(error)
        // Without a standard error there is nobody left to tell; the exit code still does.
        try? console.errors.write(report.text(console.errors.palette))
        return report.exitCode
    }
}
