extension Migration {
    /// The newest rollout of each service, so that a restart of the daemon goes on where it was.
    static let rollouts = Migration(
        number: 5,
        readableFrom: 1,
        statements: [
            """
            CREATE TABLE rollouts (
                stack TEXT NOT NULL REFERENCES stacks (name) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
                service TEXT NOT NULL CHECK (service <> ''),
                state TEXT NOT NULL,
                record TEXT NOT NULL CHECK (json_valid(record)),
                PRIMARY KEY (stack, service)
            )
            """,
            """
            CREATE TABLE image_checks (
                stack TEXT NOT NULL REFERENCES stacks (name) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
                service TEXT NOT NULL CHECK (service <> ''),
                record TEXT NOT NULL CHECK (json_valid(record)),
                PRIMARY KEY (stack, service)
            )
            """,
            "ALTER TABLE stacks ADD COLUMN update_locks TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(update_locks))",
        ]
    )
}
