import GRDB
import HomieModel
import HomieSupervisor
import Testing

@testable import HomieStore

@Suite("What incoming webhooks have delivered")
struct HookReceiptTests {
    private let push: AlertName
    private let other: AlertName

    init() throws {
        push = try AlertName(parsing: "push")
        other = try AlertName(parsing: "other")
    }

    @Test("a request that was recorded years ago is still known")
    func old() async throws {
        let directory = try ScopedDirectory()
        let store = try SQLiteStateStore(directory)
        try await store.received("sha256=aa", for: push, at: Samples.time(0))
        try await store.pruneAlerts(now: Samples.time(20 * 365 * 86_400))
        #expect(try await store.hasReceived("sha256=aa", for: push))
        #expect(try await !store.hasReceived("sha256=aa", for: other))
    }

    @Test("of one hook the oldest go when there are too many, in the order they came, and of no other hook")
    func many() async throws {
        let directory = try ScopedDirectory()
        var store = try SQLiteStateStore(directory)
        try await store.received("sha256=aa", for: other, at: Samples.time(0))
        try store.close()
        let queue = try DatabaseQueue(path: directory.database)
        try await queue.write { database in
            // The clock ran backwards meanwhile.
            try database.execute(
                sql: """
                    WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers LIMIT ?)
                    INSERT INTO hook_receipts (hook, key, at)
                    SELECT 'push', printf('sha256=%064x', number), -number FROM numbers
                    """,
                arguments: [SQLiteStateStore.mostReceipts]
            )
        }
        try queue.close()
        store = try SQLiteStateStore(directory)
        func isKnown(_ number: Int) async throws -> Bool {
            let digits = String(number, radix: 16)
            return try await store.hasReceived(
                "sha256=" + String(repeating: "0", count: 64 - digits.count) + digits,
                for: push
            )
        }
        try await store.pruneAlerts(now: nil)
        #expect(try await isKnown(1))
        try await store.received("sha256=ff", for: push, at: Samples.time(0))
        try await store.pruneAlerts(now: nil)
        #expect(try await !isKnown(1))
        #expect(try await isKnown(2))
        #expect(try await isKnown(SQLiteStateStore.mostReceipts))
        #expect(try await store.hasReceived("sha256=ff", for: push))
        #expect(try await store.hasReceived("sha256=aa", for: other))
        try store.close()
        let size = directory.bytes(of: "homie.db").count
        #expect(size < 16_000_000, "\(size)")
    }
}
