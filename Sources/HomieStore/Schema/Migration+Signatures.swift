extension Migration {
    /// What is known of the signatures of images: asked for again at every start, it would be unknown without a network.
    static func signatures(number: Int) -> Migration {
        Migration(
            number: number,
            readableFrom: 1,
            statements: [
                """
                CREATE TABLE image_signatures (
                    image TEXT NOT NULL CHECK (image <> ''),
                    keys TEXT NOT NULL,
                    checked_at INTEGER NOT NULL,
                    record TEXT NOT NULL CHECK (json_valid(record)),
                    PRIMARY KEY (image, keys)
                )
                """
            ]
        )
    }
}
