internal import Crypto
public import HomieModel

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// SHA-256 and size of a file.
public enum FileDigest {
    /// Reads the whole file, on the thread of the caller.
    ///
    /// - Throws: ``TransferError/file(path:code:)``, or `CancellationError`.
    public static func of(_ path: String) throws -> (sha256: ContentDigest, size: ByteCount) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw TransferError.file(path: path, code: errno) }
        defer { close(descriptor) }
        var hash = SHA256()
        var size: Int64 = 0
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            try Task.checkCancellation()
            let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw TransferError.file(path: path, code: errno) }
            if count == 0 { break }
            buffer.withUnsafeBytes { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            size += Int64(count)
        }
        return (try ContentDigest(bytes: hash.finalize()), ByteCount(bytes: size))
    }
}
