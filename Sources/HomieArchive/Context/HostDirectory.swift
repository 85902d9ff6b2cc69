internal import HomieModel

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Directories and files of this host, by paths of any bytes.
enum HostDirectory {
    /// Names in a directory, in the order of their bytes.
    static func names(in path: [UInt8]) throws(ArchiveError) -> [[UInt8]] {
        guard let directory = withPath(path, { opendir($0) }) else { throw unreadable(path) }
        defer { closedir(directory) }
        var names: [[UInt8]] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name != [0x2E] && name != [0x2E, 0x2E] { names.append(name) }
        }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// The entry for a path, called `name` in the archive; nil for what an archive cannot hold (sockets, devices).
    /// Links are not followed.
    static func entry(_ path: [UInt8], as name: [UInt8]) throws(ArchiveError) -> TarEntry? {
        var status = stat()
        guard withPath(path, { lstat($0, &status) }) == 0 else { throw unreadable(path) }
        let kind: TarEntry.Kind
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .file(size: Int64(status.st_size))
        case S_IFDIR: kind = .directory
        case S_IFLNK: kind = .symbolicLink(target: try linkTarget(path))
        case S_IFIFO: kind = .fifo
        default: return nil
        }
        return TarEntry(
            path: name,
            kind: kind,
            mode: UInt32(status.st_mode & 0o7777),
            modifiedAt: Timestamp(nanoseconds: Int64(status.st_mtim.tv_sec) * 1_000_000_000)
        )
    }

    static func isDirectory(_ path: [UInt8]) -> Bool {
        var status = stat()
        return withPath(path) { stat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The whole content of a small file; nil when there is none.
    static func content(_ path: [UInt8]) throws(ArchiveError) -> [UInt8]? {
        let file: OpenFile
        do {
            file = try OpenFile(path)
        } catch {
            if case .cannotRead(_, ENOENT) = error { return nil }
            throw error
        }
        defer { file.close() }
        var content: [UInt8] = []
        while let piece = try file.read(64 * 1024) { content += piece }
        return content
    }

    static func withPath<Result>(_ path: [UInt8], _ body: (UnsafePointer<CChar>) -> Result) -> Result {
        (path + [0]).withUnsafeBytes { bytes in
            // An array that ends with a zero is never empty.
            body(bytes.assumingMemoryBound(to: CChar.self).baseAddress.unsafelyUnwrapped)
        }
    }

    private static func linkTarget(_ path: [UInt8]) throws(ArchiveError) -> [UInt8] {
        var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = target.withUnsafeMutableBytes { buffer in
            guard let base = buffer.assumingMemoryBound(to: CChar.self).baseAddress else { return -1 }
            return withPath(path) { readlink($0, base, buffer.count) }
        }
        guard count >= 0 else { throw unreadable(path) }
        return Array(target.prefix(count))
    }

    static func unreadable(_ path: [UInt8]) -> ArchiveError {
        .cannotRead(path: String(decoding: path, as: UTF8.self), code: errno)
    }
}

/// A file that is being read.
struct OpenFile {
    private let descriptor: Int32
    private let path: [UInt8]

    init(_ path: [UInt8]) throws(ArchiveError) {
        descriptor = HostDirectory.withPath(path) { open($0, O_RDONLY | O_CLOEXEC) }
        self.path = path
        guard descriptor >= 0 else { throw HostDirectory.unreadable(path) }
    }

    /// The next bytes, at most `limit`; nil at the end.
    func read(_ limit: Int) throws(ArchiveError) -> [UInt8]? {
        var count = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, filled in
            repeat { count = systemRead(descriptor, buffer.baseAddress, limit) } while count < 0 && errno == EINTR
            filled = max(count, 0)
        }
        guard count >= 0 else { throw HostDirectory.unreadable(path) }
        return count == 0 ? nil : bytes
    }

    func close() { _ = systemClose(descriptor) }
}

private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}

private func systemClose(_ descriptor: Int32) -> Int32 { close(descriptor) }
