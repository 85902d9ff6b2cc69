import GRDB
import HomieModel
import HomieSupervisor

/// Events, several to a statement: in a burst they are nearly all that is written, and most of an insert's price is the
/// statement's, not the row's.
struct EventRows {
    /// Rows of one statement.
    static let size = 16

    private static let columns =
        "id, at, severity, kind, message, stack, service, container, deployment, cause, detail"
    private static let row = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    private static let single = "INSERT INTO events (\(columns)) VALUES \(row)"
    private static let several = single + String(repeating: ", " + row, count: size - 1)

    let database: Database

    func write(_ events: ArraySlice<StateChange>) throws {
        var rest = events
        while !rest.isEmpty {
            let count = rest.count >= Self.size ? Self.size : 1
            var values: [DatabaseValue] = []
            values.reserveCapacity(count * 11)
            for case .appendEvent(let event) in rest.prefix(count) { event.append(to: &values) }
            try database.run(count == 1 ? Self.single : Self.several, StatementArguments(values))
            rest = rest.dropFirst(count)
        }
    }
}

extension EventRecord {
    fileprivate func append(to values: inout [DatabaseValue]) {
        values.append(id.databaseValue)
        values.append(at.nanoseconds.databaseValue)
        values.append(severity.rawValue.databaseValue)
        values.append(kind.databaseValue)
        values.append(message.databaseValue)
        values.append(stack?.text.databaseValue ?? .null)
        values.append(service?.text.databaseValue ?? .null)
        values.append(container?.databaseValue ?? .null)
        values.append(deployment?.databaseValue ?? .null)
        values.append(cause?.databaseValue ?? .null)
        values.append(detail?.databaseValue ?? .null)
    }
}

extension [StateChange] {
    /// Writes all, in their order.
    func write(to database: Database, sealing box: SecretBox) throws {
        var position = 0
        while position < count {
            let end = self[position...].firstIndex { !$0.isEvent } ?? count
            if end > position {
                try EventRows(database: database).write(self[position..<end])
                position = end
            } else {
                try self[position].write(to: database, sealing: box)
                position += 1
            }
        }
    }
}

extension StateChange {
    fileprivate var isEvent: Bool {
        if case .appendEvent = self { true } else { false }
    }
}
