/// A key of Standard Webhooks, written `whsec_` and base64 (<https://www.standardwebhooks.com>): 24 to 64 bytes.
public struct WebhookKey: Sendable, Hashable {
    public let bytes: [UInt8]

    /// - Throws: ``AlertError/bad(what:reason:)``, without the key.
    public init(parsing text: String) throws(AlertError) {
        guard text.hasPrefix("whsec_"), let bytes = Base64.decode(text.dropFirst(6)), (24...64).contains(bytes.count)
        else {
            throw .bad(what: "the signing key", reason: "is not 'whsec_' and 24 to 64 bytes of base64")
        }
        self.bytes = bytes
    }
}

/// Base64 (RFC 4648, section 4).
public enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Nil when a character is not of the alphabet; padding may be left out.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in text.utf8.reversed().drop(while: { $0 == 0x3D }).reversed() {
            guard let value = alphabet.firstIndex(of: byte) else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return count < 6 ? bytes : nil
    }

    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                text.append(alphabet[Int(bits >> UInt32(count) & 63)])
            }
        }
        if count > 0 { text.append(alphabet[Int(bits << UInt32(6 - count) & 63)]) }
        while text.count % 4 != 0 { text.append(0x3D) }
        return String(decoding: text, as: UTF8.self)
    }
}
