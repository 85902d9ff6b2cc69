/// A place in a JSON document (RFC 6901), e.g. `/options/pulls`; empty text for the whole document.
public struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
    public let text: String

    public init() { text = "" }
    private init(text: String) { self.text = text }

    public func appending(_ key: String) -> Self {
        let escaped = key.prefix(80).split(separator: "~", omittingEmptySubsequences: false).joined(separator: "~0")
        return Self(
            text: "\(text)/" + escaped.split(separator: "/", omittingEmptySubsequences: false).joined(separator: "~1")
        )
    }

    public func appending(_ index: Int) -> Self { Self(text: "\(text)/\(index)") }

    public var description: String { text.isEmpty ? "the document" : "'\(text)'" }
}
