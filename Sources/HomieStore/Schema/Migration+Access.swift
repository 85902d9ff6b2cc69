extension Migration {
    /// Who may come in, and who did what. Records are JSON: what a later release adds to one, this one leaves alone.
    static func access(number: Int) -> Migration {
        Migration(
            number: number,
            readableFrom: 1,
            statements: [
                """
                CREATE TABLE users (
                    name TEXT PRIMARY KEY NOT NULL CHECK (length(name) BETWEEN 1 AND 63),
                    record TEXT NOT NULL CHECK (json_valid(record))
                )
                """,
                """
                CREATE TABLE api_tokens (
                    id TEXT PRIMARY KEY NOT NULL CHECK (id <> ''),
                    user TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
                    record TEXT NOT NULL CHECK (json_valid(record))
                )
                """,
                """
                CREATE TABLE sessions (
                    id TEXT PRIMARY KEY NOT NULL CHECK (id <> ''),
                    user TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
                    record TEXT NOT NULL CHECK (json_valid(record))
                )
                """,
                """
                CREATE TABLE audit (
                    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL CHECK (id >= 1),
                    at INTEGER NOT NULL,
                    actor TEXT NOT NULL CHECK (actor <> ''),
                    client TEXT NOT NULL,
                    operation TEXT NOT NULL CHECK (operation <> ''),
                    target TEXT NOT NULL,
                    status INTEGER NOT NULL,
                    detail TEXT
                )
                """,
                "CREATE INDEX audit_by_actor ON audit (actor, id)",
            ]
        )
    }
}
