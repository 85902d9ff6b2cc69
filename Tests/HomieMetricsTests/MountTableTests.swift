import Foundation
import Testing

@testable import HomieMetrics

@Suite struct MountTableTests {
    @Test func `a table that nobody watches is read anew each time`() throws {
        let path = NSTemporaryDirectory() + "homie-mounts-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let root = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
        try Data(root.utf8).write(to: URL(fileURLWithPath: path))
        let table = MountTable(path: path)
        #expect(table.current().map(\.point) == ["/"])
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.seekToEnd()
        try file.write(contentsOf: Data("23 22 8:2 / /srv rw shared:2 - xfs /dev/sda2 rw\n".utf8))
        #expect(table.current().map(\.point) == ["/", "/srv"])
    }

    @Test func `the kernel's own table stays known, and is the one that a reader of it sees`() throws {
        let table = MountTable(path: "/proc/self/mountinfo")
        let text = try #require(KernelFile.text("/proc/self/mountinfo"))
        #expect(table.current() == FilesystemReader.mounts(text))
        #expect(table.current() == FilesystemReader.mounts(text))
        #expect(MountTable(path: "/nowhere").current().isEmpty)
    }
}
