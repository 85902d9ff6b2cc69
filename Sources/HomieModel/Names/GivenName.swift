/// Names that people give to what they make: they begin with a lower-case letter or digit, go on with more of them and a few
/// other characters, and have at most 63.
enum GivenName {
    static let pattern = "^[a-z0-9][a-z0-9._-]{0,62}$"

    /// - Parameter others: what may stand behind the first character, too.
    static func isGood(_ text: String, others: String = "._-") -> Bool {
        func isAlphanumeric(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) }
        guard let first = text.utf8.first, text.utf8.count <= 63, isAlphanumeric(first) else { return false }
        return text.utf8.allSatisfy { isAlphanumeric($0) || others.utf8.contains($0) }
    }
}
