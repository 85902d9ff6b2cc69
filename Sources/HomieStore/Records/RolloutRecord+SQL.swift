import GRDB
import HomieModel

extension RolloutRecord {
    init(row: Row) throws {
        let stack: String = row["stack"]
        let service: String = row["service"]
        self = try RecordJSON.value(row["record"], of: "the rollout of '\(stack)/\(service)'")
    }

    func write(to database: Database) throws {
        try database.run(
            """
            INSERT INTO rollouts (stack, service, state, record) VALUES (?, ?, ?, ?)
            ON CONFLICT (stack, service) DO UPDATE SET state = excluded.state, record = excluded.record
            """,
            [
                stack.text, service.text, state.rawValue,
                try RecordJSON.text(self, of: "the rollout of '\(stack)/\(service)'"),
            ]
        )
    }
}

extension ImageCheck {
    init(row: Row) throws {
        let stack: String = row["stack"]
        let service: String = row["service"]
        self = try RecordJSON.value(row["record"], of: "the image check of '\(stack)/\(service)'")
    }

    func write(to database: Database) throws {
        try database.run(
            """
            INSERT INTO image_checks (stack, service, record) VALUES (?, ?, ?)
            ON CONFLICT (stack, service) DO UPDATE SET record = excluded.record
            """,
            [stack.text, service.text, try RecordJSON.text(self, of: "the image check of '\(stack)/\(service)'")]
        )
    }
}
