internal import FoundationEssentials
internal import HomieModel

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// What of a download is on the disk, and what it is a part of.
struct PartialFile {
    /// Names the file on the server that the part belongs to.
    struct Origin: Codable, Equatable {
        var url: String
        var size: Int64?
        var sha256: String?
        /// A strong entity tag (RFC 9110, 8.8.3).
        var entityTag: String?
        var lastModified: String?

        /// What a request must carry so that only the same file is continued (RFC 9110, 13.1.5).
        var validator: String? { entityTag ?? lastModified }
    }

    let destination: String
    var path: String { destination + ".part" }
    private var originPath: String { destination + ".part.json" }

    /// The origin of what is there; nil when there is nothing that can be continued.
    func origin() -> Origin? {
        guard size > 0, let data = FileManager.default.contents(atPath: originPath) else { return nil }
        return try? JSONDecoder().decode(Origin.self, from: data)
    }

    var size: Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }

    /// Notes the origin; a power cut leaves the old note or the new one.
    func note(_ origin: Origin) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        do {
            try encoder.encode(origin).write(to: URL(filePath: originPath), options: .atomic)
        } catch {
            throw TransferError.file(path: originPath, code: errno)
        }
    }

    /// Forgets what is there: it cannot be continued, and comes again from the server.
    func discard() throws {
        for path in [path, originPath] where unlink(path) != 0 && errno != ENOENT {
            throw TransferError.file(path: path, code: errno)
        }
    }

    /// Puts the complete file in its place: after a power cut it is there as a whole, or not at all.
    func finish() throws {
        try sync(path, O_RDONLY)
        guard rename(path, destination) == 0 else { throw TransferError.file(path: destination, code: errno) }
        try sync(directory, O_RDONLY | O_DIRECTORY)
        guard unlink(originPath) == 0 || errno == ENOENT else {
            throw TransferError.file(path: originPath, code: errno)
        }
    }

    private var directory: String {
        guard let slash = destination.lastIndex(of: "/") else { return "." }
        return slash == destination.startIndex ? "/" : String(destination[..<slash])
    }

    private func sync(_ path: String, _ flags: Int32) throws {
        let descriptor = open(path, flags | O_CLOEXEC)
        guard descriptor >= 0 else { throw TransferError.file(path: path, code: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw TransferError.file(path: path, code: errno) }
    }

    /// Fails early when the disk cannot take what is missing.
    func requireSpace(for total: ByteCount) throws {
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else { throw TransferError.file(path: directory, code: errno) }
        let free = Int64(status.f_bavail) * Int64(status.f_frsize)
        let needed = total.bytes - size
        guard free >= needed else {
            throw TransferError.noSpace(path: directory, needed: ByteCount(bytes: needed), free: ByteCount(bytes: free))
        }
    }
}
