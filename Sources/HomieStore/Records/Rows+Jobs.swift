import GRDB
import HomieModel

extension JobRunRecord {
    init(row: Row) throws {
        let id: Int64 = row["id"]
        let text: String = row["state"]
        guard let state = State(rawValue: text) else {
            throw StoreError.unreadableRecord("run \(id) of a job", underlying: UnknownValue(text: text))
        }
        let startedAt: Int64? = row["started_at"]
        let endedAt: Int64? = row["ended_at"]
        self.init(
            id: id,
            job: JobName(try StackName(parsing: row["stack"]), try ServiceName(parsing: row["job"])),
            state: state,
            cause: row["cause"],
            due: Timestamp(nanoseconds: row["due"]),
            startedAt: startedAt.map(Timestamp.init(nanoseconds:)),
            endedAt: endedAt.map(Timestamp.init(nanoseconds:)),
            attempts: row["attempts"],
            exitCode: row["exit_code"],
            reason: row["reason"],
            count: row["count"],
            trace: row["trace"]
        )
    }
}
