internal import Crypto
internal import FoundationEssentials

/// A secret that is handed to a client once: `<kind>_<id>_<secret>_<check>`.
///
/// The prefix lets scanners find one that leaked, the identity finds its record, the check tells a typing error from a wrong
/// token without a look at the database. Only the secret's digest is stored.
public struct TokenText: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable {
        /// An API token.
        case api = "hom"
        /// What renews a session.
        case refresh = "homr"
        /// A device that waits to be let in (RFC 8628's device code).
        case device = "homd"
        /// What carries a session from the device's own name to a service's.
        case passage = "homp"
    }

    static let identityLength = 8
    static let secretLength = 32
    static let checkLength = 6

    public let kind: Kind
    public let identity: String
    let secret: String

    init(_ kind: Kind, identity: String, secret: String) {
        self.kind = kind
        self.identity = identity
        self.secret = secret
    }

    /// A new one.
    public init(_ kind: Kind, identity: String? = nil, from randomness: Randomness) {
        self.init(
            kind,
            identity: identity ?? randomness.base62(Self.identityLength),
            secret: randomness.base62(Self.secretLength)
        )
    }

    /// Reads a token's text; nil when it is none of this kind, or damaged.
    public init?(_ kind: Kind, parsing text: String) {
        guard text.utf8.count < 100 else { return nil }
        let parts = text.split(separator: "_" as Character, omittingEmptySubsequences: false).map { String($0) }
        guard parts.count == 4, parts[0] == kind.rawValue, parts[1].utf8.count == Self.identityLength,
            parts[2].utf8.count == Self.secretLength, (parts[1] + parts[2]).utf8.allSatisfy(Base62.isOne)
        else { return nil }
        self.init(kind, identity: parts[1], secret: parts[2])
        guard check == parts[3] else { return nil }
    }

    public var text: String { "\(kind.rawValue)_\(identity)_\(secret)_\(check)" }

    private var check: String {
        Base62.text(CRC32.of("\(kind.rawValue)_\(identity)_\(secret)".utf8), width: Self.checkLength)
    }

    /// What is stored of it: SHA-256, which is enough for 190 bits that nobody chose.
    public var digest: [UInt8] { Array(SHA256.hash(data: Data(text.utf8))) }
}

/// The checksum of ISO 3309, as in PNG and gzip.
enum CRC32 {
    static func of(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var value: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            value ^= UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
        return value ^ 0xFFFF_FFFF
    }
}

/// Compares without telling by its time where two secrets differ.
enum ConstantTime {
    static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for index in left.indices { difference |= left[index] ^ right[index] }
        return difference == 0
    }
}
