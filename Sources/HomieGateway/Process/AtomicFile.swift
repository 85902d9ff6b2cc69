internal import FoundationEssentials
internal import Glibc

/// Files that are there whole or not at all, readable by their owner only.
enum AtomicFile {
    /// Writes a temporary file beside `path`, has it on disk, and renames it.
    ///
    /// - Throws: ``GatewayError/file(path:underlying:)``
    static func write(_ text: String, to path: String) throws(GatewayError) {
        let temporary = path + ".tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .file(path: path, underlying: Errno(code: errno)) }
        do {
            defer { close(descriptor) }
            // A file left by somebody else may have other rights.
            guard fchmod(descriptor, 0o600) == 0 else { throw Errno(code: errno) }
            try writeAll(Array(text.utf8), to: descriptor)
            guard fsync(descriptor) == 0 else { throw Errno(code: errno) }
        } catch {
            unlink(temporary)
            throw .file(path: path, underlying: error)
        }
        guard Glibc.rename(temporary, path) == 0 else {
            let code = errno
            unlink(temporary)
            throw .file(path: path, underlying: Errno(code: code))
        }
        try synchronizeFolder(of: path)
    }

    /// Puts a file in another one's place.
    ///
    /// - Throws: ``GatewayError/file(path:underlying:)``
    static func move(_ path: String, to target: String) throws(GatewayError) {
        guard Glibc.rename(path, target) == 0 else { throw .file(path: target, underlying: Errno(code: errno)) }
        try synchronizeFolder(of: target)
    }

    /// The content; nil when there is no such file.
    ///
    /// - Throws: ``GatewayError/file(path:underlying:)``
    static func read(_ path: String) throws(GatewayError) -> String? {
        if let data = FileManager.default.contents(atPath: path) { return String(decoding: data, as: UTF8.self) }
        guard !FileManager.default.fileExists(atPath: path) else {
            throw .file(path: path, underlying: Errno(code: EACCES))
        }
        return nil
    }

    /// Makes a folder that only its owner may look into.
    ///
    /// - Throws: ``GatewayError/file(path:underlying:)``
    static func makeFolder(_ path: String) throws(GatewayError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw .file(path: path, underlying: error)
        }
        guard chmod(path, 0o700) == 0 else { throw .file(path: path, underlying: Errno(code: errno)) }
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Errno(code: errno) }
            written += count
        }
    }

    private static func synchronizeFolder(of path: String) throws(GatewayError) {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        let descriptor = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(path: folder, underlying: Errno(code: errno)) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .file(path: folder, underlying: Errno(code: errno)) }
    }
}
