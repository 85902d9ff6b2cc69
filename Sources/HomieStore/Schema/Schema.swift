import GRDB

/// What makes a file a state database of Homie.
enum Schema {
    /// `Homi` in ASCII (`PRAGMA application_id`).
    static let applicationID = 0x486F_6D69

    /// The columns this release reads and writes. A database may have more.
    static let columns: [String: Set<String>] = [
        "stacks": [
            "name", "revision", "last_good_revision", "is_leaving", "removes_volumes", "stopped_by_hand",
            "update_locks", "intent", "created_at", "updated_at",
        ],
        "revisions": ["stack", "number", "definition", "images", "origin", "created_at"],
        "deployments": ["id", "stack", "revision", "kind", "state", "started_at", "ended_at", "cause"],
        "events": [
            "id", "at", "severity", "kind", "message", "stack", "service", "container", "deployment", "cause", "detail",
        ],
        "containers": ["id", "observation", "created_at", "started_at", "finished_at"],
        "health": ["id", "stack", "service", "container", "health", "at", "output"],
        "measured_series": ["id", "name"],
        "measured_chunks": ["series", "step", "start", "points"],
        "alert_settings": ["id", "document", "last_event"],
        "alerts": ["fingerprint", "document"],
        "alert_groups": ["name", "document"],
        "past_alerts": ["id", "at", "document"],
        "deliveries": ["id", "route", "state", "due_at", "created_at", "delivery", "notification"],
        "sealed_secrets": ["name", "sealed"],
        "hook_receipts": ["hook", "key", "at"],
        "rollouts": ["stack", "service", "state", "record"],
        "image_checks": ["stack", "service", "record"],
        "image_signatures": ["image", "keys", "checked_at", "record"],
        "job_ledger": ["id", "content"],
        "job_definitions": ["name", "block", "created_at"],
        "job_runs": [
            "id", "stack", "job", "state", "cause", "due", "started_at", "ended_at", "attempts", "exit_code", "reason",
            "count",
            "trace",
        ],
        "job_logs": ["run", "attempt", "size", "lines"],
        "job_totals": ["stack", "job", "state", "count", "last_at"],
        "damages": ["id", "at", "path", "reason", "is_seen"],
    ]

    /// Why a file cannot serve as the database.
    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    /// Brings the database up to this release's schema, in one transaction; a newer one stays as it is.
    ///
    /// - Throws: ``Fault`` when the file is not Homie's or lacks what it should have,
    ///   ``StoreError/schemaTooNew(path:readableFrom:known:)``, or what SQLite says.
    static func migrate(_ database: Database, migrations: [Migration], path: String) throws {
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        let identity = try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        let objects = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
        guard objects == 0 || identity == applicationID else { throw Fault(description: "not a database of Homie") }
        let known = migrations.last?.number ?? 0
        if version > 0 {
            let readableFrom = try Int.fetchOne(database, sql: "SELECT readable_from FROM schema_info") ?? 1
            guard readableFrom <= known else {
                throw StoreError.schemaTooNew(path: path, readableFrom: readableFrom, known: known)
            }
        }
        let pending = migrations.filter { $0.number > version }
        guard !pending.isEmpty else { return }
        let library = try String.fetchOne(database, sql: "SELECT sqlite_version()") ?? ""
        let parts = library.split(separator: ".").compactMap { Int($0) }
        let isStrict = parts.lexicographicallyPrecedes([3, 37]) == false
        try database.inTransaction(.immediate) {
            if version == 0 { try database.execute(sql: "PRAGMA application_id = \(applicationID)") }
            for migration in pending { try migration.run(in: database, isStrict: isStrict) }
            return .commit
        }
    }

    /// - Throws: ``Fault`` when the content is damaged or tables or columns are missing.
    static func check(_ database: Database) throws {
        let answers = try String.fetchAll(database, sql: "PRAGMA quick_check(3)")
        guard answers == ["ok"] else { throw Fault(description: answers.joined(separator: "; ")) }
        if let violation = try Row.fetchOne(database, sql: "PRAGMA foreign_key_check") {
            let table: String = violation[0] ?? "?"
            throw Fault(description: "a row of table \(table) refers to one that is not there")
        }
    }

    /// - Throws: ``Fault`` when a table or column this release uses is missing.
    static func checkColumns(_ database: Database) throws {
        for (table, wanted) in columns.sorted(by: { $0.key < $1.key }) {
            let names = try String.fetchSet(database, sql: "SELECT name FROM pragma_table_info(?)", arguments: [table])
            if let missing = wanted.subtracting(names).min() {
                throw Fault(description: "column \(table).\(missing) is missing")
            }
        }
    }
}
