public import HomieModel

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Where receipts are: a folder of small files in the user's cache, each under the digest of what it is the answer to.
/// Losing one costs the next `homie up` some milliseconds.
public struct ReceiptStore: Sendable {
    /// So many are kept; each differs from the others by its arguments, directory or environment.
    private static let capacity = 64
    /// A receipt larger than this is of a project for which nobody waits milliseconds.
    private static let sizeLimit = 1 << 20

    public let directory: String

    /// - Returns: nil when this user has no cache.
    public init?(environment: [String: String]) {
        if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") {
            directory = cache + "/homie/receipts"
        } else if let home = environment["HOME"], home.hasPrefix("/") {
            directory = home + "/.cache/homie/receipts"
        } else {
            return nil
        }
    }

    /// Only what this user alone can have written is believed.
    public func receipt(_ key: ContentDigest) -> Receipt? {
        let descriptor = open(path(key), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG, facts.st_uid == geteuid(),
            facts.st_mode & (S_IWGRP | S_IWOTH) == 0, facts.st_size <= Self.sizeLimit
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(facts.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress.map { $0 + filled }, $0.count - filled, off_t(filled))
            }
            guard count > 0 else { return nil }
            filled += count
        }
        return String(validating: bytes, as: UTF8.self).flatMap { Receipt(parsing: $0) }
    }

    /// Writes it in one piece or not at all; a cache that cannot be written is no error.
    public func put(_ receipt: Receipt, for key: ContentDigest) {
        guard var text = receipt.text, text.utf8.count <= Self.sizeLimit else { return }
        for folder in Self.ancestors(of: directory) where mkdir(folder, 0o700) != 0 && errno != EEXIST { return }
        let temporary = path(key) + ".\(getpid())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return }
        let isWritten = text.withUTF8 { bytes in write(descriptor, bytes.baseAddress, bytes.count) == bytes.count }
        // No fsync: after a power cut a short file is no receipt.
        guard close(descriptor) == 0, isWritten, rename(temporary, path(key)) == 0 else {
            unlink(temporary)
            return
        }
        dropOldest()
    }

    private func path(_ key: ContentDigest) -> String { directory + "/" + key.hex }

    /// The folder's parents that may be missing, and itself.
    private static func ancestors(of directory: String) -> [String] {
        let parts = directory.split(separator: "/")
        return (0...2).reversed().map { "/" + parts.dropLast($0).joined(separator: "/") }
    }

    private func dropOldest() {
        guard let folder = opendir(directory) else { return }
        defer { closedir(folder) }
        var entries: [(age: Int, path: String)] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard !name.hasPrefix(".") else { continue }
            var facts = stat()
            let path = directory + "/" + name
            if stat(path, &facts) == 0 { entries.append((Int(facts.st_mtim.tv_sec), path)) }
        }
        guard entries.count > Self.capacity else { return }
        for entry in entries.sorted(by: { $0.age < $1.age }).prefix(entries.count - Self.capacity) {
            unlink(entry.path)
        }
    }
}
