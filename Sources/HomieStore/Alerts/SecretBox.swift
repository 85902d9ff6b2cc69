import Crypto
import FoundationEssentials
import Glibc
public import HomieModel
public import HomieSupervisor

/// Seals small secrets with AES-256-GCM under a key in a file of its own, so that the database, a copy of it or its log
/// alone show none of them.
///
/// The key is made at first use, in the state directory, readable by the daemon's account only.
public struct SecretBox: SecretSealing {
    private let key: SymmetricKey

    /// - Throws: ``SecretError``
    public init(directory: String) throws(SecretError) {
        let path = directory + "/secrets.key"
        if let bytes = try Self.read(path) {
            guard bytes.count == 32 else { throw .damaged(path) }
            key = SymmetricKey(data: bytes)
            return
        }
        let new = SymmetricKey(size: .bits256)
        try Self.write(new.withUnsafeBytes { Array($0) }, to: path)
        // Where two began at once, the first one's key holds.
        guard let bytes = try Self.read(path), bytes.count == 32 else { throw .damaged(path) }
        key = SymmetricKey(data: bytes)
    }

    public func seal(_ secret: [UInt8], as name: String) throws -> [UInt8] {
        guard let sealed = try AES.GCM.seal(secret, using: key, authenticating: Array(name.utf8)).combined else {
            throw SecretError.unreadable(name)
        }
        return Array(sealed)
    }

    public func open(_ sealed: [UInt8], as name: String) throws -> [UInt8] {
        do {
            return Array(
                try AES.GCM.open(AES.GCM.SealedBox(combined: sealed), using: key, authenticating: Array(name.utf8))
            )
        } catch {
            throw SecretError.unreadable(name)
        }
    }

    private static func read(_ path: String) throws(SecretError) -> [UInt8]? {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        if descriptor < 0 {
            if errno == ENOENT { return nil }
            throw .file(path, code: errno)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .file(path, code: errno) }
        guard status.st_mode & 0o077 == 0 else { throw .open(path) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw .file(path, code: errno) }
        return Array(bytes.prefix(count))
    }

    private static func write(_ bytes: [UInt8], to path: String) throws(SecretError) {
        let temporary = "\(path).\(getpid())"
        let descriptor = Glibc.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .file(path, code: errno) }
        defer {
            close(descriptor)
            unlink(temporary)
        }
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            throw .file(path, code: errno)
        }
        // A link, unlike a rename, replaces nothing.
        guard link(temporary, path) == 0 || errno == EEXIST else { throw .file(path, code: errno) }
    }
}

/// What keeps secrets from being sealed or opened.
public enum SecretError: UserFacingError, Equatable {
    case file(String, code: Int32)
    case damaged(String)
    /// Others than its owner may read the key.
    case open(String)
    case unreadable(String)

    public var summary: String {
        switch self {
        case .file(let path, let code): "the key '\(path)' cannot be used: \(String(cString: strerror(code)))"
        case .damaged(let path): "the key '\(path)' is damaged"
        case .open(let path): "the key '\(path)' can be read by others than its owner"
        case .unreadable(let name): "the secret '\(name)' does not open with this device's key"
        }
    }

    public var hint: String? {
        switch self {
        case .file: "check that the state directory belongs to the daemon's account"
        case .damaged: "restore it from a backup, or remove it and set the secrets of routes and hooks again"
        case .open(let path): "chmod 600 \(path)"
        case .unreadable: "set it again"
        }
    }

    public var kind: ErrorKind { .failed }
}
