extension Migration {
    /// How a deployment was asked for outlives a restart of the daemon.
    static func intents(number: Int) -> Migration {
        Migration(
            number: number,
            readableFrom: 1,
            statements: ["ALTER TABLE stacks ADD COLUMN intent TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(intent))"]
        )
    }
}
