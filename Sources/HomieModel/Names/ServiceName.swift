/// The name of a service in a stack: `[a-zA-Z0-9._-]+`, at most 128 characters (Compose Specification).
public struct ServiceName: ParsedKey {
    public let text: String

    /// - Throws: ``NameError`` when `text` is not a Compose service name.
    public init(parsing text: String) throws(NameError) {
        let bytes = text.utf8
        let allowed = bytes.allSatisfy { byte in
            switch byte {
            case 0x61...0x7A, 0x41...0x5A, 0x30...0x39, 0x2E, 0x5F, 0x2D: true
            default: false
            }
        }
        guard !bytes.isEmpty, bytes.count <= 128, allowed else { throw NameError.service(text) }
        self.text = text
    }
}
