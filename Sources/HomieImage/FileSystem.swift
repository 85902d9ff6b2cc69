internal import Crypto
internal import FoundationEssentials
internal import HomieModel

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Reading and writing of files on the build host, with errors that name them.
enum FileSystem {
    static func read(_ path: String) throws(ImageError) -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .file(path: path, reason: "it cannot be read")
        }
        return String(decoding: data, as: UTF8.self)
    }

    static func write(_ text: String, to path: String) throws(ImageError) {
        try makeDirectory(directory(of: path))
        guard FileManager.default.createFile(atPath: path, contents: Data(text.utf8)) else {
            throw .file(path: path, reason: "it cannot be written")
        }
    }

    static func makeDirectory(_ path: String) throws(ImageError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw .file(path: path, reason: "it cannot be made")
        }
    }

    static func setMode(_ mode: Int, of path: String) throws(ImageError) {
        guard chmod(path, mode_t(mode)) == 0 else { throw .file(path: path, reason: "its mode cannot be set") }
    }

    static func link(_ path: String, to target: String) throws(ImageError) {
        try makeDirectory(directory(of: path))
        guard symlink(target, path) == 0 else { throw .file(path: path, reason: "the link cannot be made") }
    }

    static func copy(_ source: String, to target: String) throws(ImageError) {
        try makeDirectory(directory(of: target))
        do {
            if FileManager.default.fileExists(atPath: target) { try FileManager.default.removeItem(atPath: target) }
            try FileManager.default.copyItem(atPath: source, toPath: target)
        } catch {
            throw .file(path: source, reason: "it cannot be copied to '\(target)'")
        }
    }

    static func size(of path: String) throws(ImageError) -> ByteCount {
        var status = stat()
        guard stat(path, &status) == 0 else { throw .file(path: path, reason: "there is no such file") }
        return ByteCount(bytes: Int64(status.st_size))
    }

    /// Makes an empty file of this size, or lengthens one with zeros.
    static func setSize(_ size: ByteCount, of path: String) throws(ImageError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .file(path: path, reason: "it cannot be opened") }
        defer { close(descriptor) }
        guard ftruncate(descriptor, off_t(size.bytes)) == 0 else {
            throw .file(path: path, reason: "there is no room for \(size.bytes >> 20) MiB")
        }
    }

    /// SHA-256 of a file.
    static func digest(of path: String) throws -> ContentDigest {
        var hash = SHA256()
        try Blocks.read(path) { block, _ in hash.update(bufferPointer: block) }
        return try ContentDigest(bytes: hash.finalize())
    }

    static func digest(ofText text: String) throws -> ContentDigest {
        try ContentDigest(bytes: SHA256.hash(data: Array(text.utf8)))
    }

    static func names(in directory: String) throws(ImageError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
        } catch {
            throw .file(path: directory, reason: "it is not a directory that can be read")
        }
    }

    static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
