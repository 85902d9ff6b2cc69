/// A host name, or `*.` and a host name for every name one label below it: lower-case ASCII (RFC 1123, section 2.1).
public struct HostPattern: ParsedText {
    public let text: String

    /// - Throws: ``RouteTextError/host(_:)``
    public init(parsing text: String) throws(RouteTextError) {
        let lower = String(decoding: text.utf8.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }, as: UTF8.self)
        let name = lower.hasPrefix("*.") ? lower.dropFirst(2) : lower[...]
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard name.utf8.count <= 253, labels.allSatisfy(Self.isLabel) else { throw .host(text) }
        guard !lower.hasPrefix("*.") || labels.count >= 2 else { throw .host(text) }
        self.text = lower
    }

    public var isWildcard: Bool { text.hasPrefix("*.") }

    private static func isLabel(_ label: Substring) -> Bool {
        let bytes = label.utf8
        guard let first = bytes.first, let last = bytes.last, bytes.count <= 63 else { return false }
        return first != 0x2D && last != 0x2D
            && bytes.allSatisfy { byte in
                switch byte {
                case 0x61...0x7A, 0x30...0x39, 0x2D, 0x5F: true
                default: false
                }
            }
    }
}
