import Glibc
import Synchronization

/// Holds `homie.lock` for as long as it lives, so that two daemons never share a state directory.
///
/// The kernel drops the lock when the process ends, however it ends (flock(2)).
final class StoreLock: Sendable {
    private let held: Mutex<Int32?>

    /// - Throws: ``StoreError/locked(path:underlying:)`` when another store holds it.
    init(_ files: StoreFiles) throws(StoreError) {
        let descriptor = open(files.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let code = errno
            throw code == EROFS || code == EACCES || code == EPERM
                ? .readOnly(path: files.lock, underlying: Errno(code: code))
                : code == ENOSPC
                    ? .diskFull(path: files.lock, underlying: Errno(code: code))
                    : .cannotOpen(path: files.lock, underlying: Errno(code: code))
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            throw .locked(path: files.database, underlying: Errno(code: code))
        }
        held = Mutex(descriptor)
    }

    func release() {
        held.withLock { descriptor in
            if let descriptor { close(descriptor) }
            descriptor = nil
        }
    }

    deinit { release() }
}
