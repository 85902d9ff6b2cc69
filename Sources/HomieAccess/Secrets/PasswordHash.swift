internal import Crypto
internal import CryptoExtras
internal import FoundationEssentials

/// What is stored of a password: scrypt (RFC 7914), a function that needs memory as well as time.
///
/// swift-crypto brings scrypt, and is in the build already for the certificates. Argon2id would have been a C library more
/// for the same strength: 32 MiB at N = 2¹⁵, r = 8, p = 3 is one of the equal choices of OWASP's Password Storage Cheat Sheet.
public struct PasswordHash: Sendable, Hashable, Codable {
    /// How much work a guess takes.
    public struct Cost: Sendable, Hashable, Codable {
        /// A power of two; memory is 1 KiB times this.
        public var rounds: Int
        public var parallelism: Int

        public init(rounds: Int, parallelism: Int) {
            self.rounds = rounds
            self.parallelism = parallelism
        }

        public static let standard = Cost(rounds: 1 << 15, parallelism: 3)
    }

    private static let blockSize = 8
    public static let shortest = 10
    public static let longest = 256

    public let cost: Cost
    let salt: [UInt8]
    let digest: [UInt8]

    /// Blocks for a tenth of a second or more.
    /// - Throws: ``AccessError/weakPassword(_:)``
    public init(of password: String, cost: Cost = .standard, from randomness: Randomness) throws {
        guard password.count >= Self.shortest else {
            throw AccessError.weakPassword("shorter than \(Self.shortest) characters")
        }
        guard password.utf8.count <= Self.longest else {
            throw AccessError.weakPassword("longer than \(Self.longest) bytes")
        }
        guard Set(password).count >= 4 else {
            throw AccessError.weakPassword("made of fewer than four different characters")
        }
        let salt = randomness.bytes(16)
        self.cost = cost
        self.salt = salt
        digest = try Self.derive(password, salt, cost)
    }

    /// Blocks as long as making one.
    public func accepts(_ password: String) throws -> Bool {
        guard !password.isEmpty, password.utf8.count <= Self.longest else { return false }
        return ConstantTime.areEqual(try Self.derive(password, salt, cost), digest)
    }

    private static func derive(_ password: String, _ salt: [UInt8], _ cost: Cost) throws -> [UInt8] {
        let key = try KDF.Scrypt.deriveKey(
            from: Data(password.utf8),
            salt: Data(salt),
            outputByteCount: 32,
            rounds: cost.rounds,
            blockSize: blockSize,
            parallelism: cost.parallelism
        )
        return key.withUnsafeBytes { Array($0) }
    }
}
