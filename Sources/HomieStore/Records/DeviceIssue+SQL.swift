import GRDB
import HomieModel

extension DeviceIssue {
    init(row: Row) throws {
        let id: String = row["id"]
        self = try RecordJSON.value(row["issue"], of: "issue '\(id)'")
    }

    func write(to database: Database) throws {
        try database.run(
            """
            INSERT INTO issues (id, issue, opened_at, closed_at) VALUES (?, ?, ?, NULL)
            ON CONFLICT (id) DO UPDATE SET issue = excluded.issue, opened_at = excluded.opened_at, closed_at = NULL
            """,
            [id, try RecordJSON.text(self, of: "issue '\(id)'"), since.nanoseconds]
        )
    }
}
