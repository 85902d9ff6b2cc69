import Dispatch
import HomieConsole
import HomieModel
import HomieReceipts
import Synchronization

@testable import homie_cli

/// What is written, for a test to read.
final class TextRecorder: TextSink {
    private let written = Mutex("")
    var text: String { written.withLock { $0 } }

    func write(_ text: String) throws(ConsoleError) { written.withLock { $0 += text } }
}

/// Standard input with a text in it.
struct ScriptedInput: InputSource {
    var content = ""
    var isTerminal = false

    func readAll() throws(ConsoleError) -> [UInt8] { Array(content.utf8) }
    func nextLine() -> String? { content.split(separator: "\n").first.map(String.init) }
}

/// One run of `homie`, in this process.
struct CommandRun {
    static let now = Timestamp(nanoseconds: 1_700_000_000_000_000_000)

    var code: Int32
    var output: String
    var errors: String

    /// - Parameters:
    ///   - daemon: the socket it is told of; nil for one where nobody listens.
    ///   - terminal: the size of the terminal that standard error is.
    ///   - interrupts: Ctrl-C.
    init(
        _ arguments: [String],
        daemon: FakeDaemon? = nil,
        environment: [String: String] = [:],
        directory: String = "/",
        input: ScriptedInput = ScriptedInput(),
        terminal: TerminalSize? = nil,
        output: TextRecorder = TextRecorder(),
        interrupts: @escaping @Sendable () -> AsyncStream<Void> = { AsyncStream { _ in } }
    ) async {
        let errors = TextRecorder()
        let socket = ["HOMIE_SOCKET": daemon?.socket ?? "/tmp/homie-cli-nobody.sock"]
        let surroundings = Surroundings(
            arguments: arguments,
            environment: socket.merging(environment) { _, own in own },
            workingDirectory: directory,
            console: Console(
                output: ConsoleStream(output),
                errors: ConsoleStream(errors, measure: { terminal })
            ),
            input: input,
            now: ProcessFacts.now,
            interrupts: interrupts
        )
        let quick = QuickUp(
            arguments,
            workingDirectory: directory,
            environment: surroundings.environment,
            program: surroundings.program,
            console: surroundings.console
        )
        if let quick, await Self.outside({ try? quick.run() }) == true {
            code = 0
        } else {
            code = await Program.run(arguments, in: surroundings)
        }
        self.output = output.text
        self.errors = errors.text
    }

    /// Lets something that blocks run where it holds up no task.
    private static func outside<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: body()) }
        }
    }
}

extension CommandRun {
    init(
        _ arguments: String...,
        daemon: FakeDaemon? = nil,
        environment: [String: String] = [:],
        directory: String = "/",
        input: ScriptedInput = ScriptedInput()
    ) async {
        await self.init(arguments, daemon: daemon, environment: environment, directory: directory, input: input)
    }
}

/// A number that tests and fake daemons share.
final class Counter: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }

    @discardableResult
    func increment() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}
