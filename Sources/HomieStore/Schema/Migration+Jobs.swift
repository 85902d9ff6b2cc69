extension Migration {
    /// Jobs: what is open, what was, what it wrote, and those made through the API.
    static let jobs = Migration(
        number: 6,
        readableFrom: 1,
        statements: [
            """
            CREATE TABLE job_ledger (
                id INTEGER PRIMARY KEY NOT NULL CHECK (id >= 1),
                content TEXT NOT NULL
            )
            """,
            """
            CREATE TABLE job_definitions (
                name TEXT PRIMARY KEY NOT NULL CHECK (name <> ''),
                block TEXT NOT NULL CHECK (json_valid(block)),
                created_at INTEGER NOT NULL
            )
            """,
            """
            CREATE TABLE job_runs (
                id INTEGER PRIMARY KEY NOT NULL CHECK (id >= 1),
                stack TEXT NOT NULL,
                job TEXT NOT NULL,
                state TEXT NOT NULL CHECK (state <> ''),
                cause TEXT NOT NULL,
                due INTEGER NOT NULL,
                started_at INTEGER,
                ended_at INTEGER,
                attempts INTEGER NOT NULL,
                exit_code INTEGER,
                reason TEXT,
                count INTEGER NOT NULL,
                trace TEXT
            )
            """,
            "CREATE INDEX job_runs_by_job ON job_runs (stack, job, id)",
            """
            CREATE TABLE job_logs (
                run INTEGER NOT NULL,
                attempt INTEGER NOT NULL,
                size INTEGER NOT NULL,
                lines BLOB NOT NULL,
                PRIMARY KEY (run, attempt)
            )
            """,
            """
            CREATE TABLE job_totals (
                stack TEXT NOT NULL,
                job TEXT NOT NULL,
                state TEXT NOT NULL,
                count INTEGER NOT NULL,
                last_at INTEGER NOT NULL,
                PRIMARY KEY (stack, job, state)
            )
            """,
        ]
    )
}
