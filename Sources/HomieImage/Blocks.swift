internal import Crypto
internal import FoundationEssentials
internal import HomieModel

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Images as blocks of 4 KiB, many of which hold nothing.
enum Blocks {
    static let size = 4096
    private static let chunk = 1 << 20

    /// Reads a file in chunks of whole blocks; the last may be shorter.
    static func read(_ path: String, body: (UnsafeRawBufferPointer, Int64) throws -> Void) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ImageError.file(path: path, reason: "it cannot be opened") }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: chunk)
        var offset: Int64 = 0
        while true {
            try Task.checkCancellation()
            let count = try fill(&buffer, from: descriptor, path)
            if count == 0 { return }
            try buffer.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[..<count]), offset) }
            offset += Int64(count)
        }
    }

    private static func fill(_ buffer: inout [UInt8], from descriptor: Int32, _ path: String) throws -> Int {
        var filled = 0
        while filled < buffer.count {
            let count = buffer.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress?.advanced(by: filled), $0.count - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw ImageError.file(path: path, reason: "it cannot be read") }
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    /// Writes a file into a larger one; blocks of zeros stay holes, as the larger one is new.
    static func place(_ source: String, in target: String, at offset: ByteCount) throws {
        let descriptor = open(target, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ImageError.file(path: target, reason: "it cannot be opened") }
        defer { close(descriptor) }
        try read(source) { chunk, position in
            var start = 0
            while start < chunk.count {
                let block = UnsafeRawBufferPointer(rebasing: chunk[start..<min(start + size, chunk.count)])
                if !isZero(block) {
                    let place = off_t(offset.bytes + position + Int64(start))
                    guard pwrite(descriptor, block.baseAddress, block.count, place) == block.count else {
                        throw ImageError.file(path: target, reason: "the disk is full")
                    }
                }
                start += size
            }
        }
    }

    static func isZero(_ block: UnsafeRawBufferPointer) -> Bool {
        guard let start = block.baseAddress, let first = block.first else { return true }
        // Equal to itself moved by one byte, and the first byte is zero: then all are.
        return first == 0 && memcmp(start, start.advanced(by: 1), block.count - 1) == 0
    }
}
