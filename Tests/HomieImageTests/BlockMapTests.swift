import HomieImage
import HomieModel
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

@Suite struct `A block map` {
    @Test func `names the blocks that hold something, with their digests`() throws {
        // Two blocks of ones, two holes, one block of twos.
        let ones = [UInt8](repeating: 1, count: 8192)
        let twos = [UInt8](repeating: 2, count: 4096)
        let file = try ScratchFile(ones + [UInt8](repeating: 0, count: 8192) + twos)
        let map = try BlockMap(of: file.path)
        #expect(map.imageSize.bytes == 20_480)
        #expect(map.mapped == 3)
        #expect(map.runs.map(\.first) == [0, 4])
        #expect(map.runs.map(\.last) == [1, 4])
        // Of 8192 bytes of ones, as sha256sum says.
        #expect(map.runs[0].digest.hex == "6ba042a6672c64272ce75901468fd210026cd674fe9f1e11b46c9302e47e2136")
        let text = try map.text()
        #expect(text.contains("<MappedBlocksCount> 3 </MappedBlocksCount>"))
        #expect(text.contains("> 0-1 </Range>"))
        #expect(text.contains("> 4 </Range>"))
    }

    @Test func `covers nothing of an image of zeros`() throws {
        let file = try ScratchFile([UInt8](repeating: 0, count: 12_288))
        #expect(try BlockMap(of: file.path).runs.isEmpty)
    }

    @Test func `counts a last block that is not whole`() throws {
        let file = try ScratchFile([UInt8](repeating: 0, count: 4096) + [7])
        let map = try BlockMap(of: file.path)
        #expect(map.blocks == 2)
        #expect(map.runs.map(\.first) == [1])
    }
}

/// A file that goes with the test.
final class ScratchFile {
    let path: String

    init(_ bytes: [UInt8]) throws {
        var template = Array("/tmp/homie-image-test-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        try #require(descriptor >= 0)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
        try #require(count == bytes.count)
    }

    deinit { unlink(path) }
}
