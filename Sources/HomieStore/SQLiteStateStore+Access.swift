import GRDB
public import HomieAccess
import HomieModel

extension SQLiteStateStore: AccessStore {
    /// So many lines of the audit log are kept.
    private static let auditLimit: Int64 = 100_000

    public func access() async throws -> AccessState {
        try await read { database in
            func records<Value: Decodable>(_ table: String, _ key: String) throws -> [Value] {
                let rows = try Row.fetchCursor(
                    database,
                    sql: "SELECT \(key) AS key, record FROM \(table) ORDER BY \(key)"
                )
                return try ReadRows(rows) { row in
                    try RecordJSON.value(row["record"], of: "'\(row["key"] as String)' of \(table)")
                }.records
            }
            return AccessState(
                users: try records("users", "name"),
                tokens: try records("api_tokens", "id"),
                sessions: try records("sessions", "id")
            )
        }
    }

    public func commit(_ changes: [AccessChange]) async throws {
        do {
            try await writeMeasurements { database in
                for change in changes { try Self.write(change, to: database) }
            }
        } catch StoreError.failed(path: _, underlying: let error as AccessError) {
            throw error
        }
    }

    public func audit(_ query: AuditQuery) async throws -> [AuditRecord] {
        try await read { database in
            var sql = "SELECT * FROM audit WHERE id < ?"
            var arguments: StatementArguments = [query.before ?? .max]
            if let actor = query.actor {
                sql += " AND actor = ?"
                arguments += [actor]
            }
            arguments += [max(0, query.limit)]
            let rows = try Row.fetchCursor(database, sql: sql + " ORDER BY id DESC LIMIT ?", arguments: arguments)
            return try ReadRows(rows, AuditRecord.init(row:)).records
        }
    }

    private static func write(_ change: AccessChange, to database: Database) throws {
        switch change {
        case .putUser(let user):
            let sql = """
                INSERT INTO users (name, record) VALUES (?, ?)
                ON CONFLICT (name) DO UPDATE SET record = excluded.record
                """
            let record = try RecordJSON.text(user, of: "user '\(user.name)'")
            try database.execute(sql: sql, arguments: [user.name.text, record])
        case .removeUser(let name):
            try database.execute(sql: "DELETE FROM users WHERE name = ?", arguments: [name.text])
        case .putToken(let token):
            let record = try RecordJSON.text(token, of: "token '\(token.id)'")
            try put(record, id: token.id, user: token.user, in: "api_tokens", of: database)
        case .removeToken(let id): try database.execute(sql: "DELETE FROM api_tokens WHERE id = ?", arguments: [id])
        case .putSession(let session):
            let record = try RecordJSON.text(session, of: "session '\(session.id)'")
            try put(record, id: session.id, user: session.user, in: "sessions", of: database)
        case .renewSession(let session):
            let record = try RecordJSON.text(session, of: "session '\(session.id)'")
            try database.execute(
                sql: "UPDATE sessions SET record = ? WHERE id = ?",
                arguments: [record, session.id]
            )
            guard database.changesCount == 1 else { throw AccessError.noSession(session.id) }
        case .removeSession(let id): try database.execute(sql: "DELETE FROM sessions WHERE id = ?", arguments: [id])
        case .audit(let record): try append(record, to: database)
        }
    }

    private static func put(_ record: String, id: String, user: UserName, in table: String, of database: Database)
        throws
    {
        let sql = """
            INSERT INTO \(table) (id, user, record) VALUES (?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET record = excluded.record
            """
        try database.execute(sql: sql, arguments: [id, user.text, record])
    }

    private static func append(_ record: AuditRecord, to database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO audit (at, actor, client, operation, target, status, detail) VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                record.at.nanoseconds, record.actor.storable, record.client.storable, record.operation.storable,
                record.target.storable, record.status, record.detail?.storable,
            ]
        )
        let id = database.lastInsertedRowID
        guard id % 100 == 0 else { return }
        try database.execute(sql: "DELETE FROM audit WHERE id <= ?", arguments: [id - auditLimit])
    }
}

extension AuditRecord {
    fileprivate init(row: Row) throws {
        self.init(
            id: row["id"],
            at: Timestamp(nanoseconds: row["at"]),
            actor: row["actor"],
            client: row["client"],
            operation: row["operation"],
            target: row["target"],
            status: row["status"],
            detail: row["detail"]
        )
    }
}
