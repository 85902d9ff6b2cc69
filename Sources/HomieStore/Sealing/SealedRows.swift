import GRDB

/// What only the state's key opens.
enum SealedRows {
    /// True when at least one row was sealed.
    static func areThere(in database: Database) throws -> Bool {
        // A sealed column begins so; see ``RecordJSON/sealed(_:of:by:)``.
        let sealed = #"LIKE '{"sealed":%'"#
        let places = [
            ("revisions", "definition \(sealed)"), ("hand_routes", "block \(sealed)"),
            ("job_definitions", "block \(sealed)"), ("sealed_secrets", "1"),
        ]
        for (table, condition) in places where try database.tableExists(table) {
            let sql = "SELECT EXISTS (SELECT 1 FROM \(table) WHERE \(condition))"
            if try Bool.fetchOne(database, sql: sql) == true { return true }
        }
        return false
    }
}
