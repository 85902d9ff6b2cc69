import FoundationEssentials
import Glibc
import HomieModel
import HomieSupervisor
import Testing

@testable import HomieStore

/// A file system of a test's own in memory; needs the right to mount.
final class TinyFileSystem: Sendable {
    let path: String

    init(size: String) throws {
        path = FileManager.default.temporaryDirectory.path + "/homie-tiny-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard mount("none", path, "tmpfs", 0, "size=\(size)") == 0 else { throw Errno(code: errno) }
    }

    func remount(readOnly: Bool) throws {
        let flags = UInt(MS_REMOUNT) | (readOnly ? UInt(MS_RDONLY) : 0)
        guard mount("none", path, "tmpfs", flags, nil) == 0 else { throw Errno(code: errno) }
    }

    deinit {
        umount2(path, Int32(MNT_DETACH))
        rmdir(path)
    }

    static let isPossible: Bool = (try? TinyFileSystem(size: "64k")) != nil
}

@Suite("A disk without room")
struct FullDiskTests {
    private static let ballast = String(repeating: "x", count: 4000)

    private func heavy(_ id: Int64) -> StateChange {
        var event = Samples.event(id)
        event.detail = Self.ballast
        return .appendEvent(event)
    }

    /// Commits until the store says that there is no room; returns how many went through.
    private func fill(_ store: SQLiteStateStore, from first: Int64) async throws -> Int64 {
        for id in first..<first + 5000 {
            do {
                try await store.commit([heavy(id)])
            } catch StoreError.diskFull {
                return id - 1
            }
        }
        Issue.record("the disk never got full")
        return 0
    }

    @Test("a database at its size limit refuses commits, and works again after pruning")
    func sizeLimit() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(
            directory: directory.path,
            now: Samples.start,
            limits: RetentionLimits(events: .init(count: 5, age: .days(1))),
            maximumSize: ByteCount(bytes: 600_000)
        )
        try await store.commit(Samples.newStack())
        let last = try await fill(store, from: 1)
        #expect(last > 20)
        #expect(try await store.load().lastEventID == last)
        #expect(try await store.load().stacks.count == 1)
        #expect(try await store.prune(now: Samples.start) == Int(last) - 5)
        try await store.commit([heavy(last + 1)])
        #expect(try await store.load().lastEventID == last + 1)
    }

    @Test(
        "a full disk refuses commits with a remedy, loses nothing, and works again once there is room",
        .enabled(if: TinyFileSystem.isPossible, "SKIPPED: this account may not mount a tmpfs")
    )
    func fullDisk() async throws {
        let disk = try TinyFileSystem(size: "1m")
        let filler = disk.path + "/filler"
        try Data(repeating: 1, count: 300_000).write(to: URL(filePath: filler))
        let store = try SQLiteStateStore(directory: disk.path, now: Samples.start)
        try await store.commit(Samples.newStack())
        let last = try await fill(store, from: 1)
        #expect(last > 5)
        for _ in 1...5 {
            await #expect {
                try await store.commit([heavy(last + 1)])
            } throws: { error in
                (error as? StoreError)?.hint?.contains("free space") == true
            }
        }
        #expect(try await store.load().lastEventID == last)
        try FileManager.default.removeItem(atPath: filler)
        try await store.commit([heavy(last + 1)])
        #expect(try await store.events(EventQuery(limit: 9999)).count == Int(last) + 1)
        try store.close()
        let again = try SQLiteStateStore(directory: disk.path, now: Samples.start)
        #expect(try await again.load().damage == nil)
        #expect(try await again.load().lastEventID == last + 1)
        try again.close()
    }

    @Test(
        "a probe is refused while there is no room for a page, and changes nothing",
        .enabled(if: TinyFileSystem.isPossible, "SKIPPED: this account may not mount a tmpfs")
    )
    func probe() async throws {
        let disk = try TinyFileSystem(size: "1m")
        let store = try SQLiteStateStore(directory: disk.path, now: Samples.start)
        try await store.commit(Samples.newStack())
        try await store.probe()
        let filler = disk.path + "/filler"
        try FileManager.default.createDirectory(atPath: filler, withIntermediateDirectories: false)
        #expect(throws: (any Error).self) {
            for page in 0..<1000 { try Data(count: 4096).write(to: URL(filePath: "\(filler)/\(page)")) }
        }
        await #expect(throws: StoreError.self) {
            // What the log has room for already is written.
            for _ in 0..<1000 { try await store.probe() }
        }
        try FileManager.default.removeItem(atPath: filler)
        try await store.probe()
        #expect(try await store.load().stacks.count == 1)
        try store.close()
        try SQLiteStateStore(directory: disk.path, now: Samples.start).close()
    }

    @Test(
        "starting on a full disk fails with a sentence, and nothing is put aside",
        .enabled(if: TinyFileSystem.isPossible, "SKIPPED: this account may not mount a tmpfs")
    )
    func startOnFullDisk() async throws {
        let disk = try TinyFileSystem(size: "256k")
        let filler = disk.path + "/filler"
        try? Data(repeating: 1, count: 250_000).write(to: URL(filePath: filler))
        #expect {
            try SQLiteStateStore(directory: disk.path, now: Samples.start)
        } throws: { error in
            guard case .diskFull = error as? StoreError else { return false }
            return true
        }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: disk.path).filter { $0.contains("damaged") }.isEmpty
        )
    }

    @Test(
        "a read-only file system is refused with a remedy",
        .enabled(if: TinyFileSystem.isPossible, "SKIPPED: this account may not mount a tmpfs")
    )
    func readOnly() async throws {
        let disk = try TinyFileSystem(size: "2m")
        try SQLiteStateStore(directory: disk.path, now: Samples.start).close()
        try disk.remount(readOnly: true)
        #expect {
            try SQLiteStateStore(directory: disk.path, now: Samples.start)
        } throws: { error in
            guard let known = error as? StoreError, case .readOnly = known else { return false }
            return known.kind == .refused && known.hint?.contains("read-write") == true
        }
        try disk.remount(readOnly: false)
        try SQLiteStateStore(directory: disk.path, now: Samples.start).close()
    }

    @Test("a state directory that is a file is refused with a sentence")
    func notAFolder() throws {
        let directory = try ScopedDirectory()
        try directory.write([1], to: "state")
        #expect(throws: StoreError.self) {
            try SQLiteStateStore(directory: directory.path + "/state", now: Samples.start)
        }
    }
}
