#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// The right to install: held by at most one process of the device, and by none that has ended.
///
/// RAUC refuses a second install by itself, but then reports `idle` while the first still runs.
public final class InstallLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock, or says that somebody has it.
    ///
    /// - Parameter path: a file that stays, and that everybody who may enter its directory may look at; its directory must exist.
    /// - Throws: ``RaucError/locked(path:)`` or ``RaucError/lockFile(path:code:)``.
    public init(path: String) throws(RaucError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw .lockFile(path: path, code: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            throw code == EWOULDBLOCK ? .locked(path: path) : .lockFile(path: path, code: code)
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Whether some process holds the lock now.
    public static func isHeld(path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }
}
