import Glibc
import HomieSupervisor

/// The key that seals secrets in the state: a file of its own, so that a copy of the database alone tells nothing.
///
/// A systemd credential named `homie-state-key` takes its place where there is one (`LoadCredentialEncrypted=`, bound to the
/// machine's TPM; systemd.exec(5)); otherwise the key is made at the first start, readable by the daemon's account only.
struct SecretKeyFile {
    let files: StoreFiles
    /// `CREDENTIALS_DIRECTORY`; nil when systemd gave none.
    var credentials: String? = getenv("CREDENTIALS_DIRECTORY").map { String(cString: $0) }

    /// The key that is there, or a new one.
    ///
    /// - Throws: ``StoreError/noKey(path:reason:)`` when there is a key that cannot be used, or none can be made.
    func box() throws(StoreError) -> SecretBox {
        if let credentials {
            let path = credentials + "/homie-state-key"
            if files.exists(path) { return SecretBox(key: try read(path)) }
        }
        if !files.exists(files.key) { try make() }
        return SecretBox(key: try read(files.key))
    }

    /// There is neither a key nor a credential.
    func isMissing() -> Bool {
        !files.exists(files.key) && !(credentials.map { files.exists($0 + "/homie-state-key") } ?? false)
    }

    private func read(_ path: String) throws(StoreError) -> [UInt8] {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .noKey(path: path, reason: Errno(code: errno).description) }
        defer { Glibc.close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: SecretBox.keySize + 1)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count == SecretBox.keySize else {
            throw .noKey(path: path, reason: "it does not hold \(SecretBox.keySize) bytes")
        }
        return Array(bytes[..<count])
    }

    /// Whole or not at all; the link fails when another process was faster, whose key is then the one to use.
    private func make() throws(StoreError) {
        let temporary = files.key + ".new"
        unlink(temporary)
        let descriptor = Glibc.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw notMade(errno) }
        defer { unlink(temporary) }
        let key = SecretBox.makeKey()
        let isWritten = write(descriptor, key, key.count) == key.count && fsync(descriptor) == 0
        let code = isWritten ? 0 : (errno == 0 ? ENOSPC : errno)
        Glibc.close(descriptor)
        guard isWritten else { throw notMade(code) }
        guard link(temporary, files.key) == 0 || errno == EEXIST else {
            throw notMade(errno)
        }
        try files.synchronizeDirectory()
    }

    private func notMade(_ code: Int32) -> StoreError {
        let cause = Errno(code: code)
        return switch code {
        case ENOSPC, EDQUOT: .diskFull(path: files.key, underlying: cause)
        case EROFS, EACCES, EPERM: .readOnly(path: files.key, underlying: cause)
        default: .noKey(path: files.key, reason: cause.description)
        }
    }
}
