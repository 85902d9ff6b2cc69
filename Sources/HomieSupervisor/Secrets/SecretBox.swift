internal import Crypto
internal import FoundationEssentials

/// Seals what must not lie on the disk in clear text: AES-256-GCM (NIST SP 800-38D) with a random nonce each time.
///
/// What is sealed for one purpose does not open for another: the purpose is authenticated too.
public struct SecretBox: Sendable {
    /// Bytes of a key.
    public static let keySize = 32

    private let key: Result<SymmetricKey, any Error>

    /// - Parameter key: ``keySize`` bytes of chance.
    public init(key: [UInt8]) {
        precondition(key.count == Self.keySize, "a key has \(Self.keySize) bytes")
        self.key = .success(SymmetricKey(data: key))
    }

    /// A box whose key is lost: nothing is sealed and nothing opened.
    ///
    /// - Parameter error: what every use is answered with.
    public init(missing error: any Error) { key = .failure(error) }

    /// A new key from the system's source of chance.
    public static func makeKey() -> [UInt8] {
        var random = SystemRandomNumberGenerator()
        return (0..<keySize).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    }

    /// Nonce (12 bytes), ciphertext, tag (16 bytes).
    ///
    /// - Throws: `CryptoKitError`, which no valid key meets.
    public func seal(_ plain: [UInt8], for purpose: String) throws -> [UInt8] {
        let box = try AES.GCM.seal(plain, using: key.get(), authenticating: Array(purpose.utf8))
        return Array(box.nonce) + Array(box.ciphertext) + Array(box.tag)
    }

    /// What ``seal(_:for:)`` was given.
    ///
    /// - Throws: `CryptoKitError` when another key or purpose sealed it, or a bit of it changed.
    public func open(_ sealed: [UInt8], for purpose: String) throws -> [UInt8] {
        let key = try key.get()
        let box = try AES.GCM.SealedBox(combined: sealed)
        return Array(try AES.GCM.open(box, using: key, authenticating: Array(purpose.utf8)))
    }

    /// ``seal(_:for:)`` as Base64.
    public func sealText(_ plain: [UInt8], for purpose: String) throws -> String {
        Data(try seal(plain, for: purpose)).base64EncodedString()
    }

    /// What ``sealText(_:for:)`` was given.
    ///
    /// - Throws: ``NotSealed`` when the text is no Base64; otherwise as ``open(_:for:)``.
    public func openText(_ sealed: String, for purpose: String) throws -> [UInt8] {
        guard let data = Data(base64Encoded: sealed) else { throw NotSealed() }
        return try open(Array(data), for: purpose)
    }

    /// The text was not made by ``sealText(_:for:)``.
    public struct NotSealed: Error, Sendable {
        public init() {}
    }
}
