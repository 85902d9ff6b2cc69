internal import Crypto

/// SHA-256 of a block, as RAUC's block index holds it.
enum BlockDigest {
    static func bytes(of block: UnsafeRawBufferPointer) -> [UInt8] {
        var hash = SHA256()
        hash.update(bufferPointer: block)
        return Array(hash.finalize())
    }
}
