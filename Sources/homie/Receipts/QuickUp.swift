internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `homie up` of what is up already, without loading the project.
///
/// A receipt says which request the same arguments, environment and files made before. When every one of them is as it
/// was, and the daemon confirms that this request is in place, the answer is the one that the whole way would give. In
/// any doubt there is none, and the whole way is gone.
struct QuickUp {
    let surroundings: Surroundings
    let store: ReceiptStore
    let key: ContentDigest

    /// - Returns: nil when the arguments cannot have a receipt.
    init?(in surroundings: Surroundings) {
        guard surroundings.arguments.contains("up"),
            let store = ReceiptStore(environment: surroundings.environment),
            let key = ReceiptKey.of(
                surroundings.arguments,
                workingDirectory: surroundings.workingDirectory,
                environment: surroundings.environment
            )
        else { return nil }
        self.surroundings = surroundings
        self.store = store
        self.key = key
    }

    /// - Returns: the exit code; nil when nothing was done and nothing was shown.
    func run() -> Int32? {
        guard let receipt = store.receipt(key), receipt.observations.allSatisfy({ $0.holds(in: HostFiles()) }),
            let revision = Self.confirm(receipt)
        else { return nil }
        do {
            try ProjectReader.show(receipt.warnings, on: surroundings.console.errors)
            let text = UpText.done(revision: revision, wasFinal: true, services: receipt.serviceCount)
            try surroundings.console.output.print("\(receipt.stack): \(text)")
            return 0
        } catch {
            return Program.report(error, on: surroundings.console)
        }
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
