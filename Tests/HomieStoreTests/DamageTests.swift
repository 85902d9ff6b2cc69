import FoundationEssentials
import GRDB
import Glibc
import HomieModel
import HomieSupervisor
import Testing

@testable import HomieStore

@Suite("Damage and power cuts")
struct DamageTests {
    /// - Parameter events: few keep the log from beginning anew, whose tail would then be of no interest.
    private func filled(_ events: Int = 50) async throws -> (ScopedDirectory, SQLiteStateStore) {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        try await store.commit(Samples.newStack())
        for id in 1...events { try await store.commit([.appendEvent(Samples.event(Int64(id)))]) }
        return (directory, store)
    }

    private func expectFresh(_ directory: ScopedDirectory, reason: String? = nil) async throws {
        let store = try SQLiteStateStore(directory)
        let state = try await store.load()
        #expect(state.stacks.isEmpty)
        let damage = try #require(state.damage)
        #expect(damage.path == directory.path + "/homie.db.damaged-20261118T110640Z")
        if let reason { #expect(damage.reason.contains(reason), "\(damage.reason)") }
        #expect(FileManager.default.fileExists(atPath: damage.path))
        try await store.commit(Samples.newStack())
        #expect(try await store.load().stacks.count == 1)
    }

    @Test("after a kill at any moment every commit that returned is there")
    func kill() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        try await store.commit(Samples.newStack())
        let writer = Task {
            for id in 1...400 { try await store.commit([.appendEvent(Samples.event(Int64(id)))]) }
        }
        var last: Int64 = 0
        for _ in 1...12 {
            try await Task.sleep(for: .milliseconds(7))
            let atLeast = try await store.load().lastEventID
            // Between two writes, as a power cut would: SQLite's writer is held off while the files are copied.
            let copy = try directory.snapshotWithoutWriter()
            let revived = try SQLiteStateStore(copy)
            let state = try await revived.load()
            #expect(state.damage == nil)
            #expect(state.stacks.count == 1)
            #expect(state.lastEventID >= atLeast)
            #expect(try await revived.events(EventQuery(limit: 1000)).map(\.id) == Array(1...max(1, state.lastEventID)))
            last = state.lastEventID
            try revived.close()
        }
        try await writer.value
        #expect(last > 0)
    }

    @Test("a tail torn by a power cut costs only what was not committed")
    func tornTail() async throws {
        let (directory, store) = try await filled(10)
        let copy = try directory.snapshot()
        try store.close()
        var log = copy.bytes(of: "homie.db-wal")
        log.removeLast(100)
        try copy.write(log, to: "homie.db-wal")
        let revived = try SQLiteStateStore(copy)
        let state = try await revived.load()
        #expect(state.damage == nil)
        #expect(state.lastEventID == 9)
    }

    @Test("a log damaged in its middle is put aside with its database")
    func damagedLog() async throws {
        let (directory, store) = try await filled()
        let copy = try directory.snapshot()
        try store.close()
        var log = copy.bytes(of: "homie.db-wal")
        log[32 + (24 + 4096) * 3 + 500] ^= 0xFF
        try copy.write(log, to: "homie.db-wal")
        try await expectFresh(copy, reason: "the log is damaged")
        #expect(try copy.names(beginningWith: "homie.db.damaged").filter { $0.hasSuffix("-wal") }.count == 1)
    }

    @Test("a log whose header is damaged is put aside with its database")
    func damagedLogHeader() async throws {
        let (directory, store) = try await filled()
        let copy = try directory.snapshot()
        try store.close()
        for index in [0, 9, 20] {
            let again = try copy.snapshot()
            var log = again.bytes(of: "homie.db-wal")
            log[index] ^= 0xFF
            try again.write(log, to: "homie.db-wal")
            try await expectFresh(again, reason: "log")
        }
    }

    @Test("the log's reader agrees with SQLite on every log a running store leaves")
    func soundLogs() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        for id in 1...300 {
            try await store.commit([.appendEvent(Samples.event(Int64(id)))])
            guard id % 20 == 0 else { continue }
            guard case .sound = WriteAheadLog.examine(directory.bytes(of: "homie.db-wal")) else {
                Issue.record("a sound log was called damaged after \(id) commits")
                return
            }
        }
    }

    @Test(
        "a file that is not a database is put aside",
        arguments: ["not a database at all, but text", String(repeating: "\0", count: 8192)]
    )
    func notADatabase(content: String) async throws {
        let directory = try ScopedDirectory()
        try directory.write(Array(content.utf8), to: "homie.db")
        if content.hasPrefix("\0") {
            // SQLite takes zeros for an empty database; no state is lost by doing the same.
            let state = try? await SQLiteStateStore(directory).load()
            #expect(state?.stacks.isEmpty ?? true)
            return
        }
        try await expectFresh(directory)
    }

    @Test("a database with overwritten pages is put aside", arguments: 1...8 as ClosedRange<UInt64>)
    func overwrittenPages(seed: UInt64) async throws {
        let (directory, store) = try await filled()
        try store.close()
        var random = SeededGenerator(state: seed)
        var content = directory.bytes(of: "homie.db")
        let page = Int.random(in: 1..<content.count / 4096, using: &random)
        for index in page * 4096..<page * 4096 + 2048 { content[index] = UInt8.random(in: 0...255, using: &random) }
        try directory.write(content, to: "homie.db")
        let reopened = try SQLiteStateStore(directory)
        let state = try await reopened.load()
        // A free page's content does not matter; any other one's damage is found.
        if state.damage == nil {
            #expect(state.stacks.count == 1)
            #expect(try await reopened.events(EventQuery(limit: 99)).count == 50)
        } else {
            #expect(state.stacks.isEmpty)
        }
    }

    @Test("a truncated database is put aside")
    func truncated() async throws {
        let (directory, store) = try await filled()
        try store.close()
        let content = directory.bytes(of: "homie.db")
        try directory.write(Array(content.prefix(content.count / 2)), to: "homie.db")
        try await expectFresh(directory)
    }

    @Test("the database of another program is put aside")
    func foreign() async throws {
        let directory = try ScopedDirectory()
        let queue = try DatabaseQueue(path: directory.database)
        try await queue.write { try $0.execute(sql: "CREATE TABLE stacks (a)") }
        try queue.close()
        try await expectFresh(directory, reason: "not a database of Homie")
    }

    @Test("a database that lacks a column is put aside")
    func missingColumn() async throws {
        let directory = try ScopedDirectory()
        try SQLiteStateStore(directory).close()
        let queue = try DatabaseQueue(path: directory.database)
        try await queue.write { try $0.execute(sql: "ALTER TABLE health DROP COLUMN output") }
        try queue.close()
        try await expectFresh(directory, reason: "health.output")
    }

    @Test("a folder in the database's place is put aside")
    func folder() async throws {
        let directory = try ScopedDirectory()
        try FileManager.default.createDirectory(atPath: directory.database, withIntermediateDirectories: false)
        try await expectFresh(directory, reason: "not a file")
    }

    @Test("damage is reported at every start until a commit came after the report")
    func reporting() async throws {
        let directory = try ScopedDirectory()
        try directory.write(Array("rubbish, and more of it".utf8), to: "homie.db")
        let first = try SQLiteStateStore(directory)
        try first.close()
        let second = try SQLiteStateStore(directory)
        try await second.commit([.appendEvent(Samples.event(1))])
        #expect(try await second.load().damage != nil)
        #expect(try await second.load().damage != nil)
        try await second.commit([.appendEvent(Samples.event(2))])
        #expect(try await second.load().damage == nil)
        try second.close()
        #expect(try await SQLiteStateStore(directory).load().damage == nil)
    }

    @Test("a crash between putting aside and beginning anew is reported as damage")
    func crashWhilePuttingAside() async throws {
        let (directory, store) = try await filled()
        try store.close()
        let files = StoreFiles(directory: directory.path)
        let aside = try files.setAside(now: Samples.start)
        let damage = try await SQLiteStateStore(directory).load().damage
        #expect(damage?.path == aside)
    }

    @Test("two damaged databases of the same second are both kept")
    func twice() async throws {
        let directory = try ScopedDirectory()
        for _ in 1...2 {
            try directory.write(Array("rubbish, and more of it".utf8), to: "homie.db")
            try SQLiteStateStore(directory).close()
        }
        #expect(try directory.names(beginningWith: "homie.db.damaged").count == 2)
    }

    @Test("a second store on the same folder is refused while the first one is open")
    func lock() async throws {
        let directory = try ScopedDirectory()
        let first = try SQLiteStateStore(directory)
        #expect {
            try SQLiteStateStore(directory)
        } throws: { error in
            guard case .locked = error as? StoreError else { return false }
            return true
        }
        try first.close()
        try SQLiteStateStore(directory).close()
    }

    @Test("calls after close fail with a sentence")
    func closed() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        try store.close()
        await #expect(throws: StoreError.self) { try await store.commit(Samples.newStack()) }
        await #expect(throws: StoreError.self) { try await store.load() }
    }
}

extension ScopedDirectory {
    /// Copies the files while no transaction is written.
    func snapshotWithoutWriter() throws -> ScopedDirectory {
        let queue = try DatabaseQueue(path: database)
        defer { try? queue.close() }
        return try queue.writeWithoutTransaction { connection in
            try connection.execute(sql: "PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE")
            defer { try? connection.execute(sql: "ROLLBACK") }
            return try snapshot()
        }
    }
}
