import GRDB
import HomieModel
import HomieSupervisor

extension StoredState {
    /// Reads what the loop needs, from one snapshot.
    ///
    /// A stack whose wanted revision cannot be read is left out and named, so that the others go on; its rows stay.
    init(reading database: Database, opening box: SecretBox) throws {
        var errors: [any Error] = []
        func all<Record>(_ sql: String, _ read: (Row) throws -> Record) throws -> [Record] {
            let result = try ReadRows(try Row.fetchCursor(database, sql: sql), read)
            errors += result.errors
            return result.records
        }
        let allStacks = try all("SELECT * FROM stacks ORDER BY name", StackRecord.init(row:))
        let wanted = try all(
            """
            SELECT revisions.* FROM revisions JOIN stacks ON stacks.name = revisions.stack
                AND revisions.number IN (stacks.revision, stacks.last_good_revision)
            ORDER BY revisions.stack, revisions.number
            """
        ) { try RevisionRecord(row: $0, opening: box) }
        let readable = allStacks.filter { stack in
            wanted.contains { $0.stack == stack.name && $0.number == stack.revision }
        }
        let names = Set(readable.map(\.name))
        self.init(
            stacks: readable,
            revisions: wanted.filter { names.contains($0.stack) },
            openDeployments: try all(
                "SELECT * FROM deployments WHERE state = 'running' ORDER BY id",
                DeploymentRecord.init(row:)
            ),
            containers: try all("SELECT * FROM containers ORDER BY id", ObservedContainer.init(row:)),
            rollouts: try all("SELECT * FROM rollouts ORDER BY stack, service", RolloutRecord.init(row:))
                .filter { names.contains($0.stack) },
            imageChecks: try all("SELECT * FROM image_checks ORDER BY stack, service", ImageCheck.init(row:))
                .filter { names.contains($0.stack) },
            signatures: try all("SELECT * FROM image_signatures ORDER BY image, keys", ImageSignature.init(row:)),
            healing: try all("SELECT * FROM healing ORDER BY stack, instance", HealingRecord.init(row:)),
            issues: try all("SELECT * FROM issues WHERE closed_at IS NULL ORDER BY id", DeviceIssue.init(row:)),
            routes: try all("SELECT * FROM hand_routes ORDER BY name") { try HandRoute(row: $0, opening: box) },
            lastEventID: try Self.lastID(of: "events", in: database),
            lastDeploymentID: try Self.lastID(of: "deployments", in: database),
            damage: try Self.unseenDamage(in: database)
        )
        var faults = errors.map { error in
            (error as? StoreError)?.sentence ?? (error as? any UserFacingError)?.summary ?? "\(error)"
        }
        for text in try String.fetchAll(database, sql: "SELECT name FROM stacks ORDER BY name") {
            guard let name = try? StackName(parsing: text), !names.contains(name) else { continue }
            let own = faults.filter { $0.contains("stack '\(name)'") }
            faults.removeAll(where: own.contains)
            unreadable[name] = own.first ?? "its wanted revision is not there"
        }
        self.faults = faults
    }

    /// The largest ID ever used, also when its row is gone.
    private static func lastID(of table: String, in database: Database) throws -> Int64 {
        try Int64.fetchOne(database, sql: "SELECT seq FROM sqlite_sequence WHERE name = ?", arguments: [table]) ?? 0
    }

    private static func unseenDamage(in database: Database) throws -> StoreDamage? {
        let sql = "SELECT path, reason FROM damages WHERE is_seen = 0 ORDER BY id DESC LIMIT 1"
        return try Row.fetchOne(database, sql: sql).map { StoreDamage(path: $0["path"], reason: $0["reason"]) }
    }
}
