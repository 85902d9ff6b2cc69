import GRDB
import HomieModel
import HomieSupervisor

/// Reading rows. What a newer release wrote and this one does not know is reported as
/// ``StoreError/unreadableRecord(_:underlying:)``; the callers leave such a row out and in place.
extension StackRecord {
    init(row: Row) throws {
        let name = try StackName(parsing: row["name"])
        self.init(
            name: name,
            revision: row["revision"],
            lastGoodRevision: row["last_good_revision"],
            isLeaving: row["is_leaving"],
            removesVolumes: row["removes_volumes"],
            stoppedByHand: try RecordJSON.value(row["stopped_by_hand"], of: "stack '\(name)'"),
            updateLocks: try RecordJSON.value(row["update_locks"], of: "stack '\(name)'"),
            intent: try RecordJSON.value(row["intent"], of: "stack '\(name)'"),
            createdAt: Timestamp(nanoseconds: row["created_at"]),
            updatedAt: Timestamp(nanoseconds: row["updated_at"])
        )
    }
}

extension RevisionRecord {
    init(row: Row, opening box: SecretBox) throws {
        let stack = try StackName(parsing: row["stack"])
        let number: Int = row["number"]
        let what = "revision \(number) of stack '\(stack)'"
        self.init(
            stack: stack,
            number: number,
            definition: try RecordJSON.opened(row["definition"], of: what, by: box),
            images: try RecordJSON.value(row["images"], of: what),
            origin: row["origin"],
            createdAt: Timestamp(nanoseconds: row["created_at"])
        )
    }
}

extension DeploymentRecord {
    init(row: Row) throws {
        let id: Int64 = row["id"]
        self.init(
            id: id,
            stack: try StackName(parsing: row["stack"]),
            revision: row["revision"],
            kind: try known(row["kind"], of: "deployment \(id)"),
            state: try known(row["state"], of: "deployment \(id)"),
            startedAt: Timestamp(nanoseconds: row["started_at"]),
            endedAt: row.time("ended_at"),
            cause: row["cause"]
        )
    }
}

extension EventRecord {
    init(row: Row) throws {
        let id: Int64 = row["id"]
        let stack: String? = row["stack"]
        let service: String? = row["service"]
        self.init(
            id: id,
            at: Timestamp(nanoseconds: row["at"]),
            severity: try known(row["severity"], of: "event \(id)"),
            kind: row["kind"],
            message: row["message"],
            stack: try stack.map { try StackName(parsing: $0) },
            service: try service.map { try ServiceName(parsing: $0) },
            container: row["container"],
            deployment: row["deployment"],
            cause: row["cause"],
            detail: row["detail"]
        )
    }
}

extension ObservedContainer {
    init(row: Row) throws {
        let id: String = row["id"]
        self = try RecordJSON.value(row["observation"], of: "container '\(id)'")
        // JSON keeps milliseconds, the columns nanoseconds.
        createdAt = Timestamp(nanoseconds: row["created_at"])
        startedAt = row.time("started_at")
        finishedAt = row.time("finished_at")
    }
}

extension HealthRecord {
    init(row: Row) throws {
        self.init(
            stack: try StackName(parsing: row["stack"]),
            service: try ServiceName(parsing: row["service"]),
            container: row["container"],
            health: try known(row["health"], of: "a health record"),
            at: Timestamp(nanoseconds: row["at"]),
            output: row["output"]
        )
    }
}

/// A value this release has no case for.
struct UnknownValue: Error, CustomStringConvertible {
    let text: String
    var description: String { "'\(text)' is not known to this release" }
}

private func known<Value: RawRepresentable<String>>(_ text: String, of what: String) throws -> Value {
    guard let value = Value(rawValue: text) else {
        throw StoreError.unreadableRecord(what, underlying: UnknownValue(text: text))
    }
    return value
}

extension Row {
    fileprivate func time(_ column: String) -> Timestamp? {
        let nanoseconds: Int64? = self[column]
        return nanoseconds.map(Timestamp.init(nanoseconds:))
    }
}

/// Rows that could be read, and the errors of those that could not.
struct ReadRows<Record> {
    var records: [Record] = []
    var errors: [any Error] = []

    init(_ rows: RowCursor, _ read: (Row) throws -> Record) throws {
        while let row = try rows.next() {
            do {
                records.append(try read(row))
            } catch let error where error is StoreError || error is NameError {
                errors.append(error)
            }
        }
    }
}
