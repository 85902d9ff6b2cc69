internal import Crypto
internal import FoundationEssentials

/// Encrypts what must be read back, such as the secrets of authenticator apps (AES-256-GCM).
public struct Seal: Sendable {
    private let key: SymmetricKey

    /// - Parameter key: 32 bytes.
    public init(key: [UInt8]) { self.key = SymmetricKey(data: key) }

    /// - Parameter purpose: what the value is for; it opens for the same purpose only.
    func close(_ bytes: [UInt8], for purpose: String) throws -> [UInt8] {
        let box = try AES.GCM.seal(Data(bytes), using: key, authenticating: Data(purpose.utf8))
        return Array(box.combined ?? Data())
    }

    func open(_ bytes: [UInt8], for purpose: String) throws -> [UInt8] {
        let box = try AES.GCM.SealedBox(combined: Data(bytes))
        return Array(try AES.GCM.open(box, using: key, authenticating: Data(purpose.utf8)))
    }
}
