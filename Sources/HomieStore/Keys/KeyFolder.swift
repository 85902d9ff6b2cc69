import FoundationEssentials
import Glibc
public import HomieAccess
public import HomieModel

/// The keys of this device, in a folder that only the daemon's account may enter.
public struct KeyFolder: Sendable {
    /// Where `session.pem`, `session.pub` and `seal.key` are.
    public let path: String
    private let now: Timestamp

    /// - Throws: ``StoreError`` when the folder cannot be made.
    public init(path: String, now: Timestamp) throws(StoreError) {
        self.path = path
        self.now = now
        do {
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw .cannotOpen(path: path, underlying: error)
        }
    }

    /// The keys; what is not there is made, what cannot be read is put aside, never overwritten.
    ///
    /// - Parameter onDamage: is given the place of what was put aside: everybody must sign in again, or set up their
    ///   authenticator apps.
    /// - Throws: ``StoreError``
    public func keys(onDamage: (String) -> Void) throws(StoreError) -> (SessionKey, Seal) {
        let session = try key("session.pem", onDamage) {
            try? SessionKey(pem: $0)
        } make: {
            let key = SessionKey()
            return (key, key.pem)
        }
        try Self.write(session.publicPEM, to: path + "/session.pub", mode: 0o644)
        let seal = try key("seal.key", onDamage) { text in
            Data(base64Encoded: text.filter { !$0.isWhitespace }).flatMap {
                $0.count == 32 ? Seal(key: Array($0)) : nil
            }
        } make: {
            let bytes = Randomness.system.bytes(32)
            return (Seal(key: bytes), Data(bytes).base64EncodedString() + "\n")
        }
        return (session, seal)
    }

    private func key<Key>(
        _ name: String,
        _ onDamage: (String) -> Void,
        read: (String) -> Key?,
        make: () -> (Key, String)
    ) throws(StoreError) -> Key {
        let file = path + "/" + name
        if let data = FileManager.default.contents(atPath: file) {
            if let key = read(String(decoding: data, as: UTF8.self)) { return key }
            let place = "\(file).damaged-\(now.nanoseconds / 1_000_000_000)"
            guard rename(file, place) == 0 else { throw .readOnly(path: file, underlying: Self.failure("rename")) }
            onDamage(place)
        } else if FileManager.default.fileExists(atPath: file) {
            throw .cannotOpen(path: file, underlying: Self.failure("open"))
        }
        let (key, text) = make()
        try Self.write(text, to: file, mode: 0o600)
        return key
    }

    /// Writes a file whole or not at all, with this mode from the beginning.
    ///
    /// - Throws: ``StoreError``
    public static func write(_ text: String, to path: String, mode: UInt32) throws(StoreError) {
        let temporary = path + ".tmp"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(mode))
        guard descriptor >= 0 else { throw .readOnly(path: path, underlying: failure("open")) }
        let bytes = Array(text.utf8)
        let isWritten =
            fchmod(descriptor, mode_t(mode)) == 0 && Glibc.write(descriptor, bytes, bytes.count) == bytes.count
            && fsync(descriptor) == 0
        let cause = failure("write")
        close(descriptor)
        guard isWritten, rename(temporary, path) == 0 else {
            unlink(temporary)
            throw .inputOutput(path: path, underlying: cause)
        }
        let folder = open(
            path.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/",
            O_RDONLY | O_DIRECTORY
        )
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    private static func failure(_ call: String) -> KeyFileFault { KeyFileFault(call: call, code: errno) }
}

/// What the system said about a key's file.
struct KeyFileFault: Error, CustomStringConvertible {
    let call: String
    let code: Int32
    var description: String { "\(call): \(String(cString: strerror(code)))" }
}
