import GRDB
internal import GRDBSQLite
import HomieModel
import HomieSupervisor

/// Writes changes in their order; events that follow one another share statements: in a burst they are nearly all that is
/// written, and most of an insert's price is the statement's, not the row's.
struct ChangeWriter {
    private let database: Database
    private let box: SecretBox
    private var rows: EventRows

    init(_ database: Database, sealing box: SecretBox) {
        self.database = database
        self.box = box
        rows = EventRows(database)
    }

    mutating func write(_ change: StateChange) throws {
        guard case .appendEvent(let event) = change else {
            try rows.flush()
            try change.write(to: database, sealing: box)
            return
        }
        try rows.append(event)
    }

    /// Writes what was held back.
    mutating func finish() throws { try rows.flush() }
}

/// Events, several to a statement. Values are bound as they are: arrays of boxed values for each row would cost more than the
/// rows.
struct EventRows {
    /// Rows of one statement.
    static let size = 16

    private static let columns =
        "id, at, severity, kind, message, stack, service, container, deployment, cause, detail"
    private static let row = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    private static let single = "INSERT INTO events (\(columns)) VALUES \(row)"
    private static let several = single + String(repeating: ", " + row, count: size - 1)

    private let database: Database
    private var waiting: [EventRecord] = []

    init(_ database: Database) {
        self.database = database
        waiting.reserveCapacity(Self.size)
    }

    mutating func append(_ event: EventRecord) throws {
        waiting.append(event)
        guard waiting.count == Self.size else { return }
        try insert(waiting, by: Self.several)
        waiting.removeAll(keepingCapacity: true)
    }

    mutating func flush() throws {
        guard !waiting.isEmpty else { return }
        for event in waiting { try insert([event], by: Self.single) }
        waiting.removeAll(keepingCapacity: true)
    }

    private func insert(_ events: [EventRecord], by sql: String) throws {
        let statement = try database.cachedStatement(sql: sql)
        // Says that the statement's values are seen to.
        statement.setUncheckedArguments([])
        var binding = RowBinding(statement.sqliteStatement)
        for event in events { binding.bind(event) }
        guard binding.isGood else { throw DatabaseError(resultCode: binding.code, message: "an event cannot be bound") }
        try statement.execute()
    }
}

/// Binds values to the parameters of a statement, one after another.
private struct RowBinding {
    private let statement: SQLiteStatement
    private var index: Int32 = 0
    private(set) var code = ResultCode.SQLITE_OK

    /// The engine copies what it is given before the call returns (`SQLITE_TRANSIENT`).
    private static let copies = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    init(_ statement: SQLiteStatement) { self.statement = statement }

    var isGood: Bool { code == .SQLITE_OK }

    mutating func bind(_ event: EventRecord) {
        bind(event.id)
        bind(event.at.nanoseconds)
        bind(event.severity.rawValue)
        bind(event.kind)
        bind(event.message)
        bind(event.stack?.text)
        bind(event.service?.text)
        bind(event.container)
        bind(event.deployment)
        bind(event.cause)
        bind(event.detail)
    }

    private mutating func bind(_ number: Int64?) {
        index += 1
        // What is not bound is NULL.
        guard let number else { return }
        note(sqlite3_bind_int64(statement, index, number))
    }

    private mutating func bind(_ text: String?) {
        index += 1
        guard var text = text?.storable else { return }
        let index = index
        let statement = statement
        note(
            text.withUTF8 { bytes in
                // An empty text has no address, which would make it NULL.
                guard let start = bytes.baseAddress else {
                    return sqlite3_bind_text(statement, index, "", 0, Self.copies)
                }
                return start.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
                    sqlite3_bind_text(statement, index, $0, Int32(bytes.count), Self.copies)
                }
            }
        )
    }

    private mutating func note(_ result: Int32) {
        if isGood, result != SQLITE_OK { code = ResultCode(rawValue: result) }
    }
}
