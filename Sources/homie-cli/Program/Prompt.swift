internal import HomieConsole

/// Asks a person before something is lost.
struct Prompt {
    let surroundings: Surroundings

    /// - Parameter deed: what is about to be done, as the end of "… must be confirmed", e.g. `removing the stack 'shop'`.
    /// - Throws: ``CommandError/needsConfirmation(_:)`` when nobody is there, ``CommandError/notConfirmed(_:)`` for a no.
    func confirm(_ question: String, deed: String) throws {
        guard surroundings.input.isTerminal else { throw CommandError.needsConfirmation(deed) }
        try surroundings.console.errors.write("\(SafeText.line(question)) [y/N] ")
        let answer = (surroundings.input.nextLine() ?? "").lowercased()
        guard answer == "y" || answer == "yes" else { throw CommandError.notConfirmed(deed) }
    }
}
