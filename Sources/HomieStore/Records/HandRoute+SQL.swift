import GRDB
import HomieModel
import HomieSupervisor

extension HandRoute {
    /// Sealed: header fields may hold passwords.
    func write(to database: Database, sealing box: SecretBox) throws {
        try database.run(
            """
            INSERT INTO hand_routes (name, block, created_at) VALUES (?, ?, ?)
            ON CONFLICT (name) DO UPDATE SET block = excluded.block, created_at = excluded.created_at
            """,
            [name.text, try RecordJSON.sealed(block, of: "route '\(name)'", by: box), createdAt.nanoseconds]
        )
    }

    init(row: Row, opening box: SecretBox) throws {
        let name: String = row["name"]
        try self.init(
            name: RouteName(parsing: name),
            block: RecordJSON.opened(row["block"], of: "route '\(name)'", by: box),
            createdAt: Timestamp(nanoseconds: row["created_at"])
        )
    }
}
