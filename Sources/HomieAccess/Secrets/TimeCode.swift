internal import Crypto
internal import FoundationEssentials
public import HomieModel

/// Codes of six digits that change every 30 seconds (TOTP, RFC 6238, with SHA-1, as every authenticator app has it).
public struct TimeCode: Sendable, Hashable {
    static let period: Int64 = 30

    public let secret: [UInt8]

    public init(secret: [UInt8]) { self.secret = secret }

    /// A new secret of 160 bits (RFC 4226, section 4).
    public init(from randomness: Randomness) { secret = randomness.bytes(20) }

    static func step(at time: Timestamp) -> Int64 { time.nanoseconds / 1_000_000_000 / period }

    func code(step: Int64, digits: Int = 6) -> String {
        var counter = UInt64(bitPattern: step).bigEndian
        let message = withUnsafeBytes(of: &counter) { Data($0) }
        let code = Array(HMAC<Insecure.SHA1>.authenticationCode(for: message, using: SymmetricKey(data: secret)))
        let offset = Int(code[19] & 0x0F)
        let number = code[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let modulus = (0..<digits).reduce(UInt32(1)) { product, _ in product * 10 }
        let text = String(number % modulus)
        return String(repeating: "0", count: digits - text.utf8.count) + text
    }

    /// The step a code belongs to: the present one or a neighbour, and later than the last one used, for a code counts once
    /// (RFC 6238, section 5.2); nil when it is none of them.
    public func step(of code: String, at time: Timestamp, after last: Int64?) -> Int64? {
        let given = code.utf8.filter { $0 != 0x20 }
        let now = Self.step(at: time)
        // All three are computed whatever is found, so that the time it takes says nothing.
        let matches = (now - 1...now + 1).filter { ConstantTime.areEqual(Array(self.code(step: $0).utf8), given) }
        return matches.first { $0 > last ?? .min }
    }

    /// The secret as people type it (RFC 4648, section 6).
    public var base32: String { Base32.text(secret) }

    /// What authenticator apps read as a QR code (<https://github.com/google/google-authenticator/wiki/Key-Uri-Format>).
    public func address(user: UserName, issuer: String) -> String {
        let name = user.text.replacing("@", with: "%40")
        return "otpauth://totp/\(issuer):\(name)?secret=\(base32)&issuer=\(issuer)&algorithm=SHA1&digits=6&period=30"
    }
}

enum Base32 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    /// Without padding.
    static func text(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        var buffer = 0
        var bits = 0
        for byte in bytes {
            buffer = buffer << 8 | Int(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                text.append(alphabet[buffer >> bits & 31])
            }
            buffer &= 0xFFFF
        }
        if bits > 0 { text.append(alphabet[buffer << (5 - bits) & 31]) }
        return String(decoding: text, as: UTF8.self)
    }
}
