internal import Crypto
internal import HomieModel

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A file or a block device that is read and written at places.
struct PlainFile: ~Copyable {
    private let path: String
    private let descriptor: Int32

    /// - Throws: ``BundleError/file(path:reason:)``.
    init(reading path: String) throws(BundleError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(path: path, reason: "it cannot be opened") }
    }

    /// A new file in the place of whatever has its name.
    ///
    /// - Throws: ``BundleError/file(path:reason:)``.
    init(writing path: String) throws(BundleError) {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .file(path: path, reason: "it cannot be written") }
    }

    deinit { close(descriptor) }

    /// Fills the buffer with what begins at `offset`.
    ///
    /// - Throws: ``BundleError/file(path:reason:)``.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(BundleError) {
        var done = 0
        while done < buffer.count {
            let count = pread(
                descriptor,
                buffer.baseAddress?.advanced(by: done),
                buffer.count - done,
                off_t(offset) + off_t(done)
            )
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .file(path: path, reason: "it ends before its end, or cannot be read") }
            done += count
        }
    }

    /// Writes at the end of what was written before.
    ///
    /// - Throws: ``BundleError/file(path:reason:)``.
    func append(_ buffer: UnsafeRawBufferPointer) throws(BundleError) {
        var done = 0
        while done < buffer.count {
            let count = write(descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .file(path: path, reason: "it cannot be written: is the disk full?") }
            done += count
        }
    }

    func append(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try append($0) } }

    /// What was written is on the disk.
    ///
    /// - Throws: ``BundleError/file(path:reason:)``.
    func settle() throws(BundleError) {
        guard fsync(descriptor) == 0 else { throw .file(path: path, reason: "it cannot be written: is the disk full?") }
    }

    /// SHA-256 of the first `count` bytes.
    func digest(_ count: Int64) throws -> ContentDigest {
        var hash = SHA256()
        try forEachChunk(of: 1 << 20, in: 0..<count) { hash.update(bufferPointer: $0) }
        return try ContentDigest(bytes: hash.finalize())
    }

    /// Reads a range from its beginning to its end; the last chunk may be shorter.
    func forEachChunk(
        of size: Int,
        in range: Range<Int64>,
        body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var buffer = [UInt8](repeating: 0, count: size)
        var offset = range.lowerBound
        while offset < range.upperBound {
            try Task.checkCancellation()
            let count = Int(min(Int64(size), range.upperBound - offset))
            try buffer.withUnsafeMutableBytes { bytes in
                let part = UnsafeMutableRawBufferPointer(rebasing: bytes[..<count])
                try read(into: part, at: offset)
                try body(UnsafeRawBufferPointer(part))
            }
            offset += Int64(count)
        }
    }
}
