import GRDB
import HomieModel

extension HealingRecord {
    init(row: Row) throws {
        self.init(
            stack: try StackName(parsing: row["stack"]),
            instance: row["instance"],
            history: row["history"],
            at: Timestamp(nanoseconds: row["at"]),
            uptime: TimeSpan(nanoseconds: row["uptime"])
        )
    }

    func write(to database: Database) throws {
        try database.run(
            """
            INSERT INTO healing (stack, instance, history, at, uptime) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (stack, instance) DO UPDATE SET history = excluded.history, at = excluded.at,
                uptime = excluded.uptime
            """,
            [stack.text, instance, history, at.nanoseconds, uptime.nanoseconds]
        )
    }
}
