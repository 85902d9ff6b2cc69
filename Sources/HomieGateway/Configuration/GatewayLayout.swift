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

    /// What requests are looked at for to pick a version of a service.
    public struct Picks: Sendable, Hashable, Codable {
        /// Names of header fields and cookies, sorted.
        public var headers: [String]
        public var cookies: [String]

        public init(headers: [String] = [], cookies: [String] = []) {
            self.headers = headers
            self.cookies = cookies
        }

        /// True when whoever looks for this finds the other, too.
        func covers(_ other: Picks) -> Bool {
            Set(headers).isSuperset(of: other.headers) && Set(cookies).isSuperset(of: other.cookies)
        }
    }

    /// In the order they are written.
    public var backends: [Backend]
    /// Nil while no route has versions that are picked.
    public var picks: Picks?

    public init(backends: [Backend], picks: Picks? = nil) {
        self.backends = backends
        self.picks = picks
    }
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
