import GRDB

/// One numbered change of the schema.
///
/// Migrations only expand: tables, columns with a default, indexes. Nothing is renamed, dropped or narrowed, so that the
/// release before runs on the newer schema after a system rollback. A change that cannot be made this way raises
/// ``readableFrom``: older releases then refuse the database instead of misreading it.
struct Migration: Sendable {
    /// The `user_version` after it.
    let number: Int
    /// The oldest release's schema number that still understands the result.
    let readableFrom: Int
    let statements: [String]
}

extension Migration {
    /// All of them, in order, numbered from 1 without gaps.
    static let all: [Migration] = [
        first, second, third, alerts, rollouts, jobs, access(number: 7), healing, issues, routes(number: 10),
        signatures(number: 11), intents(number: 12), labels(number: 13),
    ]

    /// What this release knows.
    static var newest: Int { all.count }

    private static let first = Migration(
        number: 1,
        readableFrom: 1,
        statements: [
            """
            CREATE TABLE schema_info (
                id INTEGER PRIMARY KEY CHECK (id = 1),
                readable_from INTEGER NOT NULL CHECK (readable_from >= 1)
            )
            """,
            """
            CREATE TABLE stacks (
                name TEXT PRIMARY KEY NOT NULL CHECK (length(name) BETWEEN 1 AND 63),
                revision INTEGER NOT NULL,
                last_good_revision INTEGER,
                is_leaving INTEGER NOT NULL CHECK (is_leaving IN (0, 1)),
                removes_volumes INTEGER NOT NULL CHECK (removes_volumes IN (0, 1)),
                created_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL,
                FOREIGN KEY (name, revision) REFERENCES revisions (stack, number) DEFERRABLE INITIALLY DEFERRED,
                FOREIGN KEY (name, last_good_revision) REFERENCES revisions (stack, number)
                    DEFERRABLE INITIALLY DEFERRED
            )
            """,
            """
            CREATE TABLE revisions (
                stack TEXT NOT NULL REFERENCES stacks (name) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
                number INTEGER NOT NULL CHECK (number >= 1),
                definition TEXT NOT NULL CHECK (json_valid(definition)),
                images TEXT NOT NULL CHECK (json_valid(images)),
                origin TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                PRIMARY KEY (stack, number)
            )
            """,
            """
            CREATE TABLE deployments (
                id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL CHECK (id >= 1),
                stack TEXT NOT NULL,
                revision INTEGER NOT NULL,
                kind TEXT NOT NULL CHECK (kind <> ''),
                state TEXT NOT NULL CHECK (state <> ''),
                started_at INTEGER NOT NULL,
                ended_at INTEGER,
                cause TEXT
            )
            """,
            "CREATE INDEX deployments_by_stack ON deployments (stack, id)",
            "CREATE INDEX deployments_open ON deployments (id) WHERE state = 'running'",
            """
            CREATE TABLE events (
                id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL CHECK (id >= 1),
                at INTEGER NOT NULL,
                severity TEXT NOT NULL CHECK (severity <> ''),
                kind TEXT NOT NULL CHECK (kind <> ''),
                message TEXT NOT NULL,
                stack TEXT,
                service TEXT,
                container TEXT,
                deployment INTEGER,
                cause INTEGER,
                detail TEXT
            )
            """,
            "CREATE INDEX events_by_stack ON events (stack, service, id) WHERE stack IS NOT NULL",
            "CREATE INDEX events_by_deployment ON events (deployment, id) WHERE deployment IS NOT NULL",
            """
            CREATE TABLE containers (
                id TEXT PRIMARY KEY NOT NULL CHECK (id <> ''),
                observation TEXT NOT NULL CHECK (json_valid(observation)),
                created_at INTEGER NOT NULL,
                started_at INTEGER,
                finished_at INTEGER
            )
            """,
            """
            CREATE TABLE health (
                id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
                stack TEXT NOT NULL,
                service TEXT NOT NULL,
                container TEXT NOT NULL,
                health TEXT NOT NULL CHECK (health <> ''),
                at INTEGER NOT NULL,
                output TEXT
            )
            """,
            "CREATE INDEX health_by_service ON health (stack, service, id)",
            """
            CREATE TABLE damages (
                id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
                at INTEGER NOT NULL,
                path TEXT NOT NULL,
                reason TEXT NOT NULL,
                is_seen INTEGER NOT NULL DEFAULT 0 CHECK (is_seen IN (0, 1))
            )
            """,
        ]
    )

    /// Replicas stopped by hand outlive a restart of the daemon.
    private static let second = Migration(
        number: 2,
        readableFrom: 1,
        statements: [
            "ALTER TABLE stacks ADD COLUMN stopped_by_hand TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(stopped_by_hand))"
        ]
    )

    /// The measured past.
    private static let third = Migration(
        number: 3,
        readableFrom: 1,
        statements: [
            "CREATE TABLE measured_series (id INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL UNIQUE CHECK (name <> ''))",
            """
            CREATE TABLE measured_chunks (
                series INTEGER NOT NULL REFERENCES measured_series (id) ON DELETE CASCADE,
                step INTEGER NOT NULL CHECK (step > 0),
                start INTEGER NOT NULL,
                points BLOB NOT NULL,
                PRIMARY KEY (series, step, start)
            )
            """,
            "CREATE INDEX measured_chunks_by_age ON measured_chunks (step, start)",
        ]
    )
}

extension Migration {
    /// Runs it in the transaction that is open. Tables are `STRICT` where SQLite knows that (3.37).
    func run(in database: Database, isStrict: Bool) throws {
        for statement in statements {
            let suffix = isStrict && statement.hasPrefix("CREATE TABLE") ? " STRICT" : ""
            try database.execute(sql: statement + suffix)
        }
        try database.execute(
            sql: """
                INSERT INTO schema_info (id, readable_from) VALUES (1, ?)
                ON CONFLICT (id) DO UPDATE SET readable_from = max(readable_from, excluded.readable_from)
                """,
            arguments: [readableFrom]
        )
        try database.execute(sql: "PRAGMA user_version = \(number)")
    }
}
