internal import HomieConsole
internal import HomieModel
internal import HomieReceipts

/// What the program finds around it: a command reaches for nothing else of its process.
struct Surroundings: Sendable {
    /// What follows the program's name.
    var arguments: [String] = []
    var environment: [String: String]
    /// An absolute path.
    var workingDirectory: String
    /// The file of this program.
    var program: String = "/proc/self/exe"
    var console: Console
    var input: any InputSource
    var now: @Sendable () -> Timestamp
    /// Elements come when a person presses Ctrl-C.
    var interrupts: @Sendable () -> AsyncStream<Void>

    static func ofThisProcess() -> Surroundings {
        let environment = ProcessFacts.environment()
        return Surroundings(
            arguments: Array(CommandLine.arguments.dropFirst()),
            environment: environment,
            workingDirectory: ProcessFacts.workingDirectory(environment),
            console: Console(environment: environment),
            input: StandardInput(),
            now: ProcessFacts.now,
            interrupts: Interrupts.stream
        )
    }
}
