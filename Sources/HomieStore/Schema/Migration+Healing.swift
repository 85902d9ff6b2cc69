extension Migration {
    /// Replicas in trouble, so that a restart of the daemon does not begin their ladder anew.
    static let healing = Migration(
        number: 8,
        readableFrom: 1,
        statements: [
            """
            CREATE TABLE healing (
                stack TEXT NOT NULL,
                instance TEXT NOT NULL CHECK (instance <> ''),
                history TEXT NOT NULL CHECK (json_valid(history)),
                at INTEGER NOT NULL,
                uptime INTEGER NOT NULL,
                PRIMARY KEY (stack, instance)
            )
            """
        ]
    )
}
