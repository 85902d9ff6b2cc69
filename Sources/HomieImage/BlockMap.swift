internal import Crypto
public import HomieModel

/// Which blocks of an image hold something, and their digests, in the format of bmap-tools 2.0: whoever writes the image
/// need not write the rest.
///
/// Source: <https://github.com/yoctoproject/bmaptool>, "bmap file format".
public struct BlockMap: Sendable, Hashable {
    public struct Run: Sendable, Hashable {
        /// Numbers of the first and the last block.
        public var first: Int64
        public var last: Int64
        public var digest: ContentDigest
    }

    public let imageSize: ByteCount
    public let runs: [Run]

    /// Reads an image.
    ///
    /// - Throws: ``ImageError/file(path:reason:)``.
    public init(of path: String) throws {
        let size = try FileSystem.size(of: path)
        var runs: [Run] = []
        var hash: SHA256?
        var first: Int64 = 0
        func end(before block: Int64) throws {
            guard let finished = hash else { return }
            runs.append(Run(first: first, last: block - 1, digest: try ContentDigest(bytes: finished.finalize())))
            hash = nil
        }
        try Blocks.read(path) { chunk, offset in
            var start = 0
            while start < chunk.count {
                let number = (offset + Int64(start)) / Int64(Blocks.size)
                let bytes = UnsafeRawBufferPointer(rebasing: chunk[start..<min(start + Blocks.size, chunk.count)])
                if Blocks.isZero(bytes) {
                    try end(before: number)
                } else {
                    if hash == nil { (hash, first) = (SHA256(), number) }
                    hash?.update(bufferPointer: bytes)
                }
                start += Blocks.size
            }
        }
        try end(before: Self.blocks(in: size))
        imageSize = size
        self.runs = runs
    }

    public var blocks: Int64 { Self.blocks(in: imageSize) }

    private static func blocks(in size: ByteCount) -> Int64 {
        (size.bytes + Int64(Blocks.size) - 1) / Int64(Blocks.size)
    }

    public var mapped: Int64 { runs.reduce(0) { $0 + $1.last - $1.first + 1 } }

    /// The document; it carries its own digest, computed with zeros in its place.
    ///
    /// - Throws: never in practice; a digest is 32 bytes.
    public func text() throws -> String {
        let zeros = String(repeating: "0", count: 64)
        let document = document(checksum: zeros)
        return self.document(checksum: try FileSystem.digest(ofText: document).hex)
    }

    private func document(checksum: String) -> String {
        var text = """
            <?xml version="1.0" ?>
            <bmap version="2.0">
                <ImageSize> \(imageSize.bytes) </ImageSize>
                <BlockSize> \(Blocks.size) </BlockSize>
                <BlocksCount> \(blocks) </BlocksCount>
                <MappedBlocksCount> \(mapped) </MappedBlocksCount>
                <ChecksumType> sha256 </ChecksumType>
                <BmapFileChecksum> \(checksum) </BmapFileChecksum>
                <BlockMap>

            """
        for run in runs {
            let range = run.first == run.last ? "\(run.first)" : "\(run.first)-\(run.last)"
            text += "        <Range chksum=\"\(run.digest)\"> \(range) </Range>\n"
        }
        return text + "    </BlockMap>\n</bmap>\n"
    }
}
