internal import HomieAPI
public import HomieConsole
internal import HomieModel

/// `homie up` of what is up already, without loading the project.
///
/// A receipt says which request the same arguments, environment and files made before. When every one of them is as it
/// was, and the daemon confirms that this request is in place, the answer is the one that the whole way would give. In
/// any doubt there is none, and the whole way is gone.
public struct QuickUp: Sendable {
    private let console: Console
    private let store: ReceiptStore
    private let key: ContentDigest

    /// - Parameters:
    ///   - arguments: what follows the program's name.
    ///   - program: the file that does the whole way.
    /// - Returns: nil when the arguments cannot have a receipt.
    public init?(
        _ arguments: [String],
        workingDirectory: String,
        environment: [String: String],
        program: String,
        console: Console
    ) {
        guard arguments.contains("up"), let store = ReceiptStore(environment: environment),
            let key = ReceiptKey.of(
                arguments,
                workingDirectory: workingDirectory,
                environment: environment,
                program: program
            )
        else { return nil }
        self.console = console
        self.store = store
        self.key = key
    }

    /// - Returns: true when the answer was shown; false when nothing was done and nothing was shown.
    /// - Throws: `ConsoleError`
    public func run() throws(ConsoleError) -> Bool {
        guard let receipt = store.receipt(key), receipt.observations.allSatisfy({ $0.holds(in: HostFiles()) }),
            let revision = Self.confirm(receipt)
        else { return false }
        try UpText.show(receipt.warnings, on: console.errors)
        let text = UpText.done(revision: revision, wasFinal: true, services: receipt.serviceCount)
        try console.output.print("\(receipt.stack): \(text)")
        return true
    }

    /// Asks the daemon.
    ///
    /// - Returns: the revision that runs; nil when it does not say that all is in place.
    private static func confirm(_ receipt: Receipt) -> Int64? {
        let body = #"{"digest":"\#(receipt.request.hex)"}"#
        let target = "/api/v1/stacks/\(receipt.stack)/confirm"
        guard let answer = DaemonQuestion(socket: receipt.socket).post(target, body), answer.status == 200,
            let value = try? JSONValue(parsing: answer.body), value["state"] == "succeeded",
            value["stack"]?.stringValue == receipt.stack.text
        else { return nil }
        return value["revision"]?.integerValue
    }
}
