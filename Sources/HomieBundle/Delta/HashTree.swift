internal import Crypto

/// The hash tree of dm-verity, as RAUC appends it to bundles: SHA-256, blocks of 4096 bytes, format 1, no header, the
/// highest level first.
///
/// Source: Linux, Documentation/admin-guide/device-mapper/verity.rst.
struct HashTree: Sendable {
    private static let block = DeltaPlan.block

    private let salt: [UInt8]
    /// The digests of the data's blocks, one after another.
    private var leaves: [UInt8] = []

    /// - Parameter salt: hexadecimal; nil is returned when it is not.
    init?(salt: String) {
        let digits = Array(salt.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        self.salt = bytes
    }

    /// The next block of the data.
    mutating func add(_ block: UnsafeRawBufferPointer) { leaves += digest(block) }

    private func digest(_ block: UnsafeRawBufferPointer) -> SHA256.Digest {
        var hash = SHA256()
        salt.withUnsafeBytes { hash.update(bufferPointer: $0) }
        hash.update(bufferPointer: block)
        return hash.finalize()
    }

    /// The whole tree.
    var bytes: [UInt8] {
        var levels = [Self.padded(leaves)]
        while let top = levels.last, top.count > Self.block {
            var next: [UInt8] = []
            top.withUnsafeBytes { bytes in
                for start in stride(from: 0, to: bytes.count, by: Self.block) {
                    next += digest(UnsafeRawBufferPointer(rebasing: bytes[start..<start + Self.block]))
                }
            }
            levels.append(Self.padded(next))
        }
        return levels.reversed().flatMap { $0 }
    }

    private static func padded(_ level: [UInt8]) -> [UInt8] {
        let rest = level.count % block
        return rest == 0 ? level : level + [UInt8](repeating: 0, count: block - rest)
    }
}
