/// The name of a stack: a Compose project name, `[a-z0-9][a-z0-9_-]*`, at most 63 characters.
public struct StackName: ParsedKey {
    public let text: String

    /// - Throws: ``NameError`` when `text` is not a Compose project name.
    public init(parsing text: String) throws(NameError) {
        guard GivenName.isGood(text, others: "_-") else { throw NameError.stack(text) }
        self.text = text
    }
}
