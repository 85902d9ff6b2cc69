internal import HomieAPI
internal import HomieModel
internal import HomieReceipts

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What `homie login` keeps: for each device the session's tokens.
struct KeptCredentials: Sendable, Hashable, Codable {
    struct Device: Sendable, Hashable, Codable {
        var user: UserName
        var token: String
        var refresh: String
        var expiresAt: Timestamp
        /// The file with the certificates to trust, if another than the system's.
        var authority: String?
    }

    /// By address, `https://homie.local`.
    var devices: [String: Device] = [:]
    /// Where `homie login` was last.
    var current: String?
}

/// The file of credentials, readable by its owner alone: `$XDG_CONFIG_HOME/homie/credentials.json`.
struct CredentialStore: Sendable {
    let path: String

    init(path: String) { self.path = path }

    init(surroundings: Surroundings) {
        let home = ConnectionOptions.variable("HOME", in: surroundings) ?? "/root"
        let folder = ConnectionOptions.variable("XDG_CONFIG_HOME", in: surroundings) ?? home + "/.config"
        path = ConnectionOptions.variable("HOMIE_CREDENTIALS", in: surroundings) ?? folder + "/homie/credentials.json"
    }

    /// What is kept; nothing when there is no file.
    ///
    /// - Throws: ``CommandError/unreadableFile(path:reason:)``
    func read() throws(CommandError) -> KeptCredentials {
        do {
            guard let bytes = try HostFiles().read(path) else { return KeptCredentials() }
            return try JSONText.value(KeptCredentials.self, from: bytes)
        } catch {
            throw .unreadableFile(path: path, reason: "\(error)")
        }
    }

    /// Changes what is kept, whole or not at all, while no other `homie` does, however long `body` takes.
    ///
    /// - Throws: ``CommandError/unwritableFile(path:reason:)``, what `body` throws.
    func change<Value>(_ body: (inout KeptCredentials) async throws -> Value) async throws -> Value {
        try SecretFile.makeFolder(of: path)
        let lock = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw fault }
        defer { close(lock) }
        // A thread that waited in the kernel could be the one that whoever has the lock needs to go on.
        while flock(lock, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else { throw fault }
            try await Task.sleep(for: .milliseconds(20))
        }
        let before = try read()
        var kept = before
        let value = try await body(&kept)
        if kept != before { try SecretFile.write(try JSONText.bytes(kept), to: path) }
        return value
    }

    private var fault: CommandError {
        .unwritableFile(path: path, reason: FileFault(code: errno).description)
    }
}

/// Files that nobody else may read.
enum SecretFile {
    /// The first line.
    ///
    /// - Throws: ``CommandError/unreadableFile(path:reason:)``
    static func read(_ path: String) throws(CommandError) -> String {
        do {
            guard let bytes = try HostFiles().read(path) else { throw FileFault(code: ENOENT) }
            let line = bytes.prefix { $0 != 0x0A && $0 != 0x0D }
            return String(decoding: line, as: UTF8.self)
        } catch {
            throw .unreadableFile(path: path, reason: "\(error)")
        }
    }

    /// Mode 0600 from the first byte on; the old content stays until the new one is on disk.
    ///
    /// - Throws: ``CommandError/unwritableFile(path:reason:)``
    static func write(_ bytes: [UInt8], to path: String) throws(CommandError) {
        let temporary = "\(path).\(getpid())"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw fault(path) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Self.write($0, to: descriptor) }
            guard count > 0 else {
                close(descriptor)
                unlink(temporary)
                throw fault(path)
            }
            rest = rest.dropFirst(count)
        }
        let isSafe = fsync(descriptor) == 0
        close(descriptor)
        guard isSafe, rename(temporary, path) == 0 else {
            unlink(temporary)
            throw fault(path)
        }
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int {
        #if canImport(Glibc)
            Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #elseif canImport(Musl)
            Musl.write(descriptor, bytes.baseAddress, bytes.count)
        #else
            Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }

    /// Makes the folder of a file, and those above it.
    ///
    /// - Throws: ``CommandError/unwritableFile(path:reason:)``
    static func makeFolder(of path: String) throws(CommandError) {
        var folder = ""
        for part in path.split(separator: "/").dropLast() {
            folder += "/" + part
            guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw fault(folder) }
        }
    }

    private static func fault(_ path: String) -> CommandError {
        .unwritableFile(path: path, reason: FileFault(code: errno).description)
    }
}
