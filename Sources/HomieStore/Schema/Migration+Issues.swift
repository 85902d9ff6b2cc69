extension Migration {
    /// Open issues, and those that were.
    static let issues = Migration(
        number: 9,
        readableFrom: 1,
        statements: [
            """
            CREATE TABLE issues (
                id TEXT PRIMARY KEY NOT NULL CHECK (id <> ''),
                issue TEXT NOT NULL CHECK (json_valid(issue)),
                opened_at INTEGER NOT NULL,
                closed_at INTEGER
            )
            """
        ]
    )
}
