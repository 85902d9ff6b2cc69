extension Migration {
    /// Alerts, what is set about them, and notifications on their way.
    static let alerts = Migration(
        number: 4,
        readableFrom: 1,
        statements: [
            """
            CREATE TABLE alert_settings (
                id INTEGER PRIMARY KEY CHECK (id = 1),
                document TEXT NOT NULL CHECK (json_valid(document)),
                last_event INTEGER NOT NULL DEFAULT 0
            )
            """,
            "INSERT INTO alert_settings (id, document) VALUES (1, '{}')",
            """
            CREATE TABLE alerts (
                fingerprint TEXT PRIMARY KEY NOT NULL CHECK (fingerprint <> ''),
                document TEXT NOT NULL CHECK (json_valid(document))
            )
            """,
            """
            CREATE TABLE alert_groups (
                name TEXT PRIMARY KEY NOT NULL CHECK (name <> ''),
                document TEXT NOT NULL CHECK (json_valid(document))
            )
            """,
            """
            CREATE TABLE past_alerts (
                id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
                at INTEGER NOT NULL,
                document TEXT NOT NULL CHECK (json_valid(document))
            )
            """,
            """
            CREATE TABLE deliveries (
                id TEXT PRIMARY KEY NOT NULL CHECK (id <> ''),
                route TEXT NOT NULL,
                state TEXT NOT NULL CHECK (state <> ''),
                due_at INTEGER NOT NULL,
                created_at INTEGER NOT NULL,
                delivery TEXT NOT NULL CHECK (json_valid(delivery)),
                notification TEXT NOT NULL CHECK (json_valid(notification))
            )
            """,
            "CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state = 'waiting'",
            "CREATE INDEX deliveries_by_age ON deliveries (created_at)",
            """
            CREATE TABLE sealed_secrets (
                name TEXT PRIMARY KEY NOT NULL CHECK (name <> ''),
                sealed BLOB NOT NULL
            )
            """,
            """
            CREATE TABLE hook_receipts (
                hook TEXT NOT NULL,
                key TEXT NOT NULL CHECK (key <> ''),
                at INTEGER NOT NULL,
                PRIMARY KEY (hook, key)
            )
            """,
        ]
    )
}
