import HomieModel
import Testing

@testable import HomieMetrics

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

@Suite struct DiskFinderTests {
    private static func status(blocks: UInt, free: UInt, files: UInt, freeFiles: UInt) -> statvfs {
        var status = statvfs()
        status.f_frsize = 4096
        status.f_blocks = blocks
        status.f_bavail = free
        status.f_files = files
        status.f_ffree = freeFiles
        return status
    }

    @Test func `a file system says how much room it has`() {
        let reading = DiskFinder.reading(
            of: "/data",
            use: "state",
            Self.status(blocks: 1000, free: 250, files: 64, freeFiles: 60)
        )
        #expect(reading.size == ByteCount(bytes: 4_096_000))
        #expect(reading.available == ByteCount(bytes: 1_024_000))
        #expect(reading.inodes == 64)
        #expect(reading.freeInodes == 60)
        #expect(!reading.isReadOnly)
    }

    @Test func `an EROFS root, which tells of all the inodes that a number can name, has no limit of them`() {
        let reading = DiskFinder.reading(
            of: "/",
            use: "system",
            Self.status(blocks: 60_000, free: 0, files: .max, freeFiles: .max - 5000)
        )
        #expect(reading.inodes == 0)
        #expect(reading.freeInodes == 0)
        #expect(reading.size == ByteCount(bytes: 245_760_000))
    }

    @Test func `a size beyond what can be counted is the largest that can`() {
        let reading = DiskFinder.reading(
            of: "/cloud",
            use: "state",
            Self.status(blocks: .max, free: .max / 4096, files: 0, freeFiles: 0)
        )
        #expect(reading.size == ByteCount(bytes: .max))
        #expect(reading.available == ByteCount(bytes: .max))
    }
}
