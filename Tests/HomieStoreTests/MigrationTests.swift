import GRDB
import HomieModel
import HomieSupervisor
import Testing

@testable import HomieStore

@Suite("Schema")
struct MigrationTests {
    /// A database of an earlier release, with a stack in it.
    private func database(of version: Int) throws -> ScopedDirectory {
        let directory = try ScopedDirectory()
        let opening = StoreOpening(
            files: StoreFiles(directory: directory.path),
            now: Samples.start,
            maximumSize: ByteCount(bytes: 1 << 28),
            migrations: Array(Migration.all.prefix(version))
        )
        let pool = try opening.open()
        let revision = Samples.revision(1)
        let definition = try RecordJSON.text(revision.definition, of: "")
        let images = try RecordJSON.text(revision.images, of: "")
        try pool.write { database in
            try database.execute(
                sql: """
                    INSERT INTO stacks (name, revision, is_leaving, removes_volumes, created_at, updated_at)
                    VALUES ('shop', 1, 0, 0, ?, ?)
                    """,
                arguments: [Samples.start.nanoseconds, Samples.time(5).nanoseconds]
            )
            try database.execute(
                sql: "INSERT INTO revisions VALUES ('shop', 1, ?, ?, 'up', ?)",
                arguments: [definition, images, Samples.time(1).nanoseconds]
            )
        }
        try pool.close()
        return directory
    }

    @Test(
        "a database of every earlier release is brought up to date with all it holds",
        arguments: 1...Migration.newest
    )
    func upgrade(from version: Int) async throws {
        let directory = try database(of: version)
        let store = try SQLiteStateStore(directory)
        let state = try await store.load()
        var wanted = Samples.stack()
        wanted.stoppedByHand = []
        wanted.intent = DeploymentIntent()
        #expect(state.damage == nil)
        #expect(state.stacks == [wanted])
        #expect(state.revisions == [Samples.revision(1)])
        try await store.commit([.putStack(Samples.stack(lastGood: 1)), .appendEvent(Samples.event(1))])
        #expect(try await store.load().stacks == [Samples.stack(lastGood: 1)])
    }

    @Test("migrations are numbered from 1 without gaps")
    func numbering() {
        #expect(Migration.all.map(\.number) == Array(1...Migration.newest))
    }

    @Test("a newer schema that only added is used, and what it added is kept")
    func newerSchema() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        try await store.commit(Samples.newStack())
        try store.close()
        let queue = try DatabaseQueue(path: directory.database)
        try await queue.write { database in
            try database.execute(sql: "ALTER TABLE stacks ADD COLUMN colour TEXT NOT NULL DEFAULT 'grey'")
            try database.execute(sql: "UPDATE stacks SET colour = 'red'")
            try database.execute(sql: "CREATE TABLE routes (name TEXT PRIMARY KEY) STRICT")
            try database.execute(sql: "INSERT INTO routes VALUES ('kept')")
            try database.execute(sql: "PRAGMA user_version = 99")
        }
        try queue.close()

        let older = try SQLiteStateStore(directory)
        #expect(try await older.load().damage == nil)
        try await older.commit([.putStack(Samples.stack(lastGood: 1))])
        #expect(try await older.load().stacks == [Samples.stack(lastGood: 1)])
        try older.close()

        let after = try DatabaseQueue(path: directory.database)
        let kept = try await after.read { database in
            (
                try String.fetchOne(database, sql: "SELECT colour FROM stacks"),
                try String.fetchOne(database, sql: "SELECT name FROM routes"),
                try Int.fetchOne(database, sql: "PRAGMA user_version")
            )
        }
        #expect(kept == ("red", "kept", 99))
    }

    @Test("a newer schema this release cannot read is refused, and left alone")
    func unreadableSchema() async throws {
        let directory = try ScopedDirectory()
        try SQLiteStateStore(directory).close()
        let queue = try DatabaseQueue(path: directory.database)
        try await queue.write { database in
            try database.execute(sql: "PRAGMA user_version = 99")
            try database.execute(sql: "UPDATE schema_info SET readable_from = 98")
        }
        try queue.close()
        #expect {
            try SQLiteStateStore(directory)
        } throws: { error in
            guard case .schemaTooNew(_, 98, Migration.newest) = error as? StoreError else { return false }
            return true
        }
        #expect(try directory.names(beginningWith: "homie.db.damaged").isEmpty)
    }

    @Test("a stack whose definition only a newer release can read is left out, reported, and stays in the file")
    func unreadableDefinition() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        try await store.commit(Samples.newStack() + Samples.newStack(Samples.name("blog")))
        try store.close()
        let queue = try DatabaseQueue(path: directory.database)
        try await queue.write { database in
            try database.execute(sql: "UPDATE revisions SET definition = '{\"shape\":2}' WHERE stack = 'blog'")
        }
        try queue.close()
        let reopened = try SQLiteStateStore(directory)
        let state = try await reopened.load()
        #expect(state.stacks.map(\.name) == [Samples.shop])
        #expect(state.damage == nil)
        #expect(state.unreadable[Samples.name("blog")]?.contains("revision 1 of stack 'blog'") == true)
        #expect(state.unreadable.count == 1)
        try await reopened.commit([.appendEvent(Samples.event(1))])
        try reopened.close()
        let after = try DatabaseQueue(path: directory.database)
        #expect(try await after.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM stacks") } == 2)
    }

    @Test("commits are synced, tables are strict, foreign keys are on")
    func pragmas() async throws {
        let directory = try ScopedDirectory()
        let opening = StoreOpening(
            files: StoreFiles(directory: directory.path),
            now: Samples.start,
            maximumSize: ByteCount(bytes: 1 << 28)
        )
        let pool = try opening.open()
        let values = try await pool.writeWithoutTransaction { database in
            try ["synchronous", "foreign_keys", "auto_vacuum"].map {
                try Int.fetchOne(database, sql: "PRAGMA \($0)")
            }
        }
        #expect(values == [2, 1, 2])
        let journal = try await pool.writeWithoutTransaction { try String.fetchOne($0, sql: "PRAGMA journal_mode") }
        #expect(journal == "wal")
        let loose = try await pool.read { database in
            try String.fetchAll(
                database,
                sql:
                    "SELECT name FROM pragma_table_list WHERE type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite%'"
            )
        }
        #expect(loose.isEmpty)
        await #expect(throws: DatabaseError.self) {
            try await pool.write {
                try $0.execute(sql: "INSERT INTO health VALUES (1, 'a', 'b', 'c', 'none', 'x', NULL)")
            }
        }
    }
}
