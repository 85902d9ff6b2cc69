/// Regular expressions of the API's description (ECMA 262, the part that is the same everywhere).
enum TextPattern {
    /// True when the whole of `text` is as `pattern` says; one that cannot be read fits nothing.
    static func matches(_ text: String, _ pattern: String) -> Bool {
        guard let expression = try? Regex(pattern).matchingSemantics(.unicodeScalar) else { return false }
        return (try? expression.wholeMatch(in: text)) != nil
    }
}
