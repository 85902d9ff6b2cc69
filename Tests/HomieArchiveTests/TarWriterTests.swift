import HomieModel
import Testing

@testable import HomieArchive

struct TarWriterTests {
    @Test func `files, directories and links keep what they are`() throws {
        let writer = try TarWriter()
        let long = String(repeating: "directory/", count: 30) + "über"
        let at = Timestamp(nanoseconds: 1_700_000_000_000_000_000)
        try writer.begin(TarEntry(path: "etc/", kind: .directory, mode: 0o755))
        try writer.add(
            TarEntry(path: "etc/motd", kind: .file(size: 0), mode: 0o440, uid: 999, gid: 998, modifiedAt: at),
            content: Array("hi".utf8)
        )
        try writer.begin(TarEntry(path: "link", kind: .symbolicLink(target: Array("../ö".utf8)), mode: 0o777))
        try writer.add(TarEntry(path: long, kind: .file(size: 0), mode: 0o4755), content: [])
        let entries = readTar(try writer.finish())
        #expect(entries.map(\.path) == ["etc/", "etc/motd", "link", long])
        #expect(entries.map(\.type) == ["5", "0", "2", "0"])
        #expect(entries.map(\.mode) == [0o755, 0o440, 0o777, 0o4755])
        #expect(entries[1].uid == 999 && entries[1].gid == 998)
        #expect(entries[1].modified == 1_700_000_000)
        #expect(entries[1].content == Array("hi".utf8))
        #expect(entries[2].link == "../ö")
    }

    @Test func `names of any bytes are written as they are`() throws {
        let writer = try TarWriter()
        try writer.add(TarEntry(path: [0x61, 0xFF, 0xFE], kind: .file(size: 0), mode: 0o644), content: [1])
        let bytes = try writer.finish()
        #expect(Array(bytes[0..<4]) == [0x61, 0xFF, 0xFE, 0])
    }

    @Test func `a file that shrinks is filled with zeros, one that grows is cut`() throws {
        let writer = try TarWriter()
        try writer.begin(TarEntry(path: "short", kind: .file(size: 4), mode: 0o644))
        try writer.write([1, 2])
        try writer.begin(TarEntry(path: "long", kind: .file(size: 2), mode: 0o644))
        try writer.write([1, 2, 3, 4])
        try writer.begin(TarEntry(path: "next", kind: .file(size: 0), mode: 0o644))
        let entries = readTar(try writer.finish())
        #expect(entries.map(\.path) == ["short", "long", "next"])
        #expect(entries.map(\.content) == [[1, 2, 0, 0], [1, 2], []])
    }

    @Test func `what was drained does not come again`() throws {
        let writer = try TarWriter()
        var pieces: [UInt8] = []
        for number in 0..<5 {
            try writer.add(
                TarEntry(path: "f\(number)", kind: .file(size: 0), mode: 0o644),
                content: [UInt8](repeating: UInt8(number), count: 100_000)
            )
            pieces += writer.drain()
        }
        pieces += try writer.finish()
        #expect(readTar(pieces).map(\.content.count) == [Int](repeating: 100_000, count: 5))
    }
}
