extension Migration {
    /// Routes made by hand.
    static func routes(number: Int) -> Migration {
        Migration(
            number: number,
            readableFrom: 1,
            statements: [
                """
                CREATE TABLE hand_routes (
                    name TEXT PRIMARY KEY NOT NULL CHECK (length(name) BETWEEN 1 AND 63),
                    block TEXT NOT NULL CHECK (json_valid(block)),
                    created_at INTEGER NOT NULL
                )
                """
            ]
        )
    }
}
