import FoundationEssentials
import GRDB
public import HomieModel
public import HomiePlanning
public import HomieSupervisor

extension SQLiteStateStore: AlertStore {
    public func loadAlerts() async throws -> StoredAlerts {
        let (document, stored) = try await read { database in
            func documents<Value: Decodable>(_ table: String) throws -> [Value] {
                let texts = try String.fetchAll(database, sql: "SELECT document FROM \(table)")
                // What a newer release wrote and this one cannot read stays where it is.
                return texts.compactMap { try? RecordJSON.value($0, of: table) }
            }
            let row = try Row.fetchOne(database, sql: "SELECT document, last_event FROM alert_settings")
            let document: String = row?["document"] ?? "{}"
            let stored = StoredAlerts(
                alerts: try documents("alerts"),
                groups: try documents("alert_groups"),
                lastEventID: row?["last_event"] ?? 0
            )
            return (document, stored)
        }
        var complete = stored
        let settings: AlertSettings? = try? RecordJSON.value(document, of: "what is set about alerts")
        complete.settings = settings ?? AlertSettings()
        if settings == nil || complete.settings.unreadable > 0 {
            // The next change writes what is understood; what is not must not be lost with it.
            try setAside(document)
        }
        return complete
    }

    /// Keeps a copy of settings that only a newer release understands, beside the database.
    private func setAside(_ document: String) throws {
        let aside = path + ".alert-settings.json"
        let isWritten = FileManager.default.createFile(
            atPath: aside,
            contents: Data(document.utf8),
            attributes: [.posixPermissions: 0o600]
        )
        guard isWritten else { throw StoreError.readOnly(path: aside, underlying: CocoaError(.fileWriteUnknown)) }
    }

    public func save(_ settings: AlertSettings) async throws {
        let document = try RecordJSON.text(settings, of: "what is set about alerts")
        try await writeMeasurements { database in
            try database.execute(sql: "UPDATE alert_settings SET document = ?", arguments: [document])
        }
    }

    public func commit(_ plan: AlertPlan, deliveries: [(Delivery, AlertNotification)]) async throws {
        try await writeMeasurements { database in
            for alert in plan.changed {
                try database.execute(
                    sql: """
                        INSERT INTO alerts (fingerprint, document) VALUES (?, ?)
                        ON CONFLICT (fingerprint) DO UPDATE SET document = excluded.document
                        """,
                    arguments: [alert.fingerprint, try RecordJSON.text(alert, of: "an alert")]
                )
            }
            for group in plan.changedGroups {
                try database.execute(
                    sql: """
                        INSERT INTO alert_groups (name, document) VALUES (?, ?)
                        ON CONFLICT (name) DO UPDATE SET document = excluded.document
                        """,
                    arguments: [group.key, try RecordJSON.text(group, of: "a group of alerts")]
                )
            }
            for key in plan.closedGroups {
                try database.execute(sql: "DELETE FROM alert_groups WHERE name = ?", arguments: [key])
            }
            for alert in plan.closed {
                try database.execute(sql: "DELETE FROM alerts WHERE fingerprint = ?", arguments: [alert.fingerprint])
                try database.execute(
                    sql: "INSERT INTO past_alerts (at, document) VALUES (?, ?)",
                    arguments: [
                        (alert.resolvedAt ?? alert.since).nanoseconds, try RecordJSON.text(alert, of: "an alert"),
                    ]
                )
            }
            for (delivery, notification) in deliveries { try Self.insert(delivery, notification, database) }
            try database.execute(
                sql: "UPDATE alert_settings SET last_event = ?",
                arguments: [plan.book.lastEventID]
            )
        }
    }

    private static func insert(
        _ delivery: Delivery,
        _ notification: AlertNotification,
        _ database: Database
    ) throws {
        try database.execute(
            sql: """
                INSERT INTO deliveries (id, route, state, due_at, created_at, delivery, notification)
                VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
                """,
            arguments: [
                delivery.id, delivery.route.text, delivery.state.rawValue, delivery.dueAt.nanoseconds,
                delivery.createdAt.nanoseconds, try RecordJSON.text(delivery, of: "a delivery"),
                try RecordJSON.text(notification, of: "a notification"),
            ]
        )
    }

    public func pastAlerts(limit: Int) async throws -> [Alert] {
        try await read { database in
            let sql = "SELECT document FROM past_alerts ORDER BY id DESC LIMIT ?"
            return try String.fetchAll(database, sql: sql, arguments: [limit])
                .compactMap { try? RecordJSON.value($0, of: "an alert") }
        }
    }

    public func pruneAlerts(now: Timestamp?) async throws {
        try await writeMeasurements { database in
            if let now { try Self.dropOldAlerts(now, database) }
            for (table, column) in [("past_alerts", "id"), ("deliveries", "created_at")] {
                let rest = table == "deliveries" ? "AND state <> 'waiting'" : ""
                try database.execute(
                    sql: """
                        DELETE FROM \(table) WHERE \(column) < coalesce(
                            (SELECT \(column) FROM \(table) ORDER BY \(column) DESC LIMIT 1 OFFSET 5000), 0) \(rest)
                        """
                )
            }
            let most = Self.mostReceipts
            let full = try String.fetchAll(
                database,
                sql: "SELECT hook FROM hook_receipts GROUP BY hook HAVING count(*) > ?",
                arguments: [most]
            )
            for hook in full {
                // In the order in which they came, whatever the clock said.
                try database.execute(
                    sql: """
                        DELETE FROM hook_receipts WHERE hook = ?1 AND rowid <= (
                            SELECT rowid FROM hook_receipts WHERE hook = ?1 ORDER BY rowid DESC LIMIT 1 OFFSET ?2)
                        """,
                    arguments: [hook, most]
                )
            }
        }
    }

    /// Deliveries of one hook that are remembered, some 10 MB of them: as GitHub's signatures carry no time, what is forgotten
    /// could be sent once more by who has recorded it. At ten a day that is after thirteen years.
    static let mostReceipts = 50_000

    private static func dropOldAlerts(_ now: Timestamp, _ database: Database) throws {
        // Whatever keeps one from being tried, it does not wait for ever.
        try database.execute(
            sql: """
                UPDATE deliveries SET state = 'dead',
                    delivery = json_set(delivery, '$.state', 'dead', '$.lastError',
                        coalesce(json_extract(delivery, '$.lastError'), 'nobody took it in three days'))
                WHERE state = 'waiting' AND created_at < ?
                """,
            arguments: [now.nanoseconds - DeliveryPlanner.patience.nanoseconds]
        )
        try database.execute(
            sql: "DELETE FROM past_alerts WHERE at < ?",
            arguments: [now.nanoseconds - TimeSpan.days(90).nanoseconds]
        )
        try database.execute(
            sql: "DELETE FROM deliveries WHERE state <> 'waiting' AND created_at < ?",
            arguments: [now.nanoseconds - TimeSpan.days(30).nanoseconds]
        )
    }
}

extension SQLiteStateStore: DeliveryStore {
    public func due(
        _ now: Timestamp,
        limit: Int,
        except: Set<AlertName>
    ) async throws -> [(Delivery, AlertNotification)] {
        try await read { database in
            let places = Array(repeating: "?", count: except.count).joined(separator: ", ")
            // Nothing is put off for longer: then the clock was set back.
            let sql = """
                SELECT delivery, notification FROM deliveries
                WHERE state = 'waiting' AND (due_at <= ? OR due_at > ?) AND route NOT IN (\(places))
                ORDER BY created_at, id LIMIT ?
                """
            let latest = now + DeliveryPlanner.longestWait
            let arguments: [any DatabaseValueConvertible] =
                [now.nanoseconds, latest.nanoseconds] + except.sorted().map(\.text) + [limit]
            return try Row.fetchAll(database, sql: sql, arguments: StatementArguments(arguments)).compactMap { row in
                // What a newer release wrote and this one cannot read must not hold up the rest.
                guard let delivery: Delivery = try? RecordJSON.value(row["delivery"], of: "a delivery"),
                    let told: AlertNotification = try? RecordJSON.value(row["notification"], of: "a notification")
                else { return nil }
                return (delivery, told)
            }
        }
    }

    public func expire(_ route: AlertName, madeBefore time: Timestamp, reason: String) async throws {
        try await writeMeasurements { database in
            try database.execute(
                sql: """
                    UPDATE deliveries SET state = 'dead',
                        delivery = json_set(delivery, '$.state', 'dead', '$.lastError', ?)
                    WHERE state = 'waiting' AND route = ? AND created_at < ?
                    """,
                arguments: [String(reason.prefix(300)), route.text, time.nanoseconds]
            )
        }
    }

    public func nextDue() async throws -> Timestamp? {
        try await read { database in
            try Int64.fetchOne(database, sql: "SELECT min(due_at) FROM deliveries WHERE state = 'waiting'")
                .map { Timestamp(nanoseconds: $0) }
        }
    }

    public func update(_ deliveries: [Delivery]) async throws {
        guard !deliveries.isEmpty else { return }
        try await writeMeasurements { database in
            for delivery in deliveries {
                try database.execute(
                    sql: "UPDATE deliveries SET state = ?, due_at = ?, created_at = ?, delivery = ? WHERE id = ?",
                    arguments: [
                        delivery.state.rawValue, delivery.dueAt.nanoseconds, delivery.createdAt.nanoseconds,
                        try RecordJSON.text(delivery, of: "a delivery"), delivery.id,
                    ]
                )
            }
        }
    }

    public func deliveries(_ state: Delivery.State?, limit: Int) async throws -> [Delivery] {
        try await read { database in
            let sql = """
                SELECT delivery FROM deliveries WHERE ?1 IS NULL OR state = ?1 ORDER BY created_at DESC, id LIMIT ?2
                """
            return try String.fetchAll(database, sql: sql, arguments: [state?.rawValue, limit])
                .compactMap { try? RecordJSON.value($0, of: "a delivery") }
        }
    }
}

extension SQLiteStateStore: HookStore {
    public func keep(_ secret: String?, as name: String) async throws {
        let sealed = try secret.map { Data(try box.seal(Array($0.utf8), for: name)) }
        try await writeMeasurements { database in
            guard let sealed else {
                try database.execute(sql: "DELETE FROM sealed_secrets WHERE name = ?", arguments: [name])
                return
            }
            try database.execute(
                sql: """
                    INSERT INTO sealed_secrets (name, sealed) VALUES (?, ?)
                    ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed
                    """,
                arguments: [name, sealed]
            )
        }
    }

    public func kept(_ name: String) async throws -> String? {
        let sealed = try await read { database in
            try Data.fetchOne(database, sql: "SELECT sealed FROM sealed_secrets WHERE name = ?", arguments: [name])
        }
        guard let sealed else { return nil }
        do {
            return String(decoding: try box.open(Array(sealed), for: name), as: UTF8.self)
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError.sealedOtherwise("the secret '\(name)'", underlying: error)
        }
    }

    public func isKept(_ name: String) async throws -> Bool {
        try await read { database in
            let sql = "SELECT count(*) FROM sealed_secrets WHERE name = ?"
            return try Int.fetchOne(database, sql: sql, arguments: [name]) ?? 0 > 0
        }
    }

    public func hasReceived(_ key: String, for hook: AlertName) async throws -> Bool {
        try await read { database in
            let sql = "SELECT count(*) FROM hook_receipts WHERE hook = ? AND key = ?"
            return try Int.fetchOne(database, sql: sql, arguments: [hook.text, key]) ?? 0 > 0
        }
    }

    public func received(_ key: String, for hook: AlertName, at time: Timestamp) async throws {
        try await writeMeasurements { database in
            try database.execute(
                sql: "INSERT INTO hook_receipts (hook, key, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                arguments: [hook.text, key, time.nanoseconds]
            )
        }
    }
}
