internal import FoundationEssentials

/// Base64 for addresses, without padding (RFC 4648, section 5; RFC 7515, appendix C).
enum Base64URL {
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        Data(Array(bytes)).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing(
            "=",
            with: ""
        )
    }

    /// Nil for anything that ``text(_:)`` would not write: two texts never mean the same bytes.
    static func bytes(_ text: some StringProtocol) -> [UInt8]? {
        guard text.utf8.allSatisfy({ Base62.isOne($0) || $0 == 0x2D || $0 == 0x5F }) else { return nil }
        let plain = String(text).replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: plain + padding), self.text(data) == String(text) else { return nil }
        return Array(data)
    }
}
