import GRDB
import HomieModel

extension ImageSignature {
    init(row: Row) throws {
        let image: String = row["image"]
        self = try RecordJSON.value(row["record"], of: "the signature of '\(image)'")
        // The column is exact; JSON has microseconds.
        checkedAt = Timestamp(nanoseconds: row["checked_at"])
    }

    func write(to database: Database) throws {
        try database.run(
            """
            INSERT INTO image_signatures (image, keys, checked_at, record) VALUES (?, ?, ?, ?)
            ON CONFLICT (image, keys) DO UPDATE SET checked_at = excluded.checked_at, record = excluded.record
            """,
            [image, keys, checkedAt.nanoseconds, try RecordJSON.text(self, of: "the signature of '\(image)'")]
        )
    }
}
