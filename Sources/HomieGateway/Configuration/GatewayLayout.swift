internal import Crypto
internal import FoundationEssentials

/// What a running HAProxy cannot be given without a reload: its backends and their rules.
public struct GatewayLayout: Sendable, Hashable, Codable {
    /// A backend without its servers.
    public struct Backend: Sendable, Hashable, Codable {
        public var name: String
        /// Its lines, and with them what it can be used for: two routes with the same rules can take the same backend.
        public var rules: [String]

        public init(name: String, rules: [String]) {
            self.name = name
            self.rules = rules
        }
    }

    /// In the order they are written.
    public var backends: [Backend]

    public init(backends: [Backend]) { self.backends = backends }
}

/// Hexadecimal SHA-256, its first half.
func shortDigest(of text: String) -> String {
    SHA256.hash(data: Data(text.utf8)).prefix(16)
        .map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }
        .joined()
}
