import GRDB
import HomieModel
import HomieSupervisor

/// How a database is opened: checked, migrated, and put aside when it cannot be used.
struct StoreOpening {
    let files: StoreFiles
    let now: Timestamp
    let maximumSize: ByteCount
    var migrations = Migration.all

    /// A pool on a sound database of at least this release's schema, and the damage a fresh one replaces.
    func open() throws(StoreError) -> DatabasePool {
        try files.makeDirectory()
        if let reason = damageBeforeOpening() { return try replace(because: reason) }
        let isFresh = !files.exists(files.database)
        do {
            let pool = try attempt()
            if isFresh, let path = files.newestSetAside() {
                let damage = StoreDamage(path: path, reason: "put aside at an earlier start")
                try note(damage, in: pool)
            }
            return pool
        } catch {
            guard let reason = Self.damage(in: error) else { throw StoreError(error, path: files.database) }
            return try replace(because: reason)
        }
    }

    /// Damage SQLite would not see or would paper over.
    private func damageBeforeOpening() -> String? {
        if files.exists(files.database), !files.isRegularFile(files.database) { return "not a file" }
        return files.damageOfLog()
    }

    /// Sets the files aside and begins anew.
    private func replace(because reason: String) throws(StoreError) -> DatabasePool {
        let damage = StoreDamage(path: try files.setAside(now: now), reason: reason)
        do {
            let pool = try attempt()
            try note(damage, in: pool)
            return pool
        } catch {
            throw StoreError(error, path: files.database)
        }
    }

    private func attempt() throws -> DatabasePool {
        let pool = try DatabasePool(path: files.database, configuration: configuration)
        do {
            try pool.writeWithoutTransaction { database in
                // Here, not in the configuration: the pool itself chooses NORMAL when it turns on WAL.
                try database.execute(sql: "PRAGMA synchronous = FULL")
                try Schema.check(database)
                try Schema.migrate(database, migrations: migrations, path: files.database)
                if migrations.last?.number == Migration.newest { try Schema.checkColumns(database) }
            }
            return pool
        } catch {
            try? pool.close()
            throw error
        }
    }

    private func note(_ damage: StoreDamage, in pool: DatabasePool) throws {
        try pool.write { database in
            try database.execute(
                sql: "INSERT INTO damages (at, path, reason) VALUES (?, ?, ?)",
                arguments: [now.nanoseconds, damage.path, damage.reason]
            )
        }
    }

    /// Why an error means that the file is lost; nil when the file may be sound and something else is wrong.
    private static func damage(in error: any Error) -> String? {
        if let fault = error as? Schema.Fault { return fault.description }
        guard let database = error as? DatabaseError else { return nil }
        switch database.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: return database.message ?? "damaged"
        case .SQLITE_IOERR:
            let reading: [ResultCode] = [.SQLITE_IOERR_READ, .SQLITE_IOERR_SHORT_READ, .SQLITE_IOERR_CORRUPTFS]
            return reading.contains(database.extendedResultCode) ? "the disk cannot read it" : nil
        default: return nil
        }
    }

    /// Few connections, small caches (about 1 MB in all), every commit synced.
    private var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "homie.store"
        configuration.maximumReaderCount = 2
        configuration.busyMode = .timeout(5)
        let pageSize: Int64 = 4096
        let pages = max(64, maximumSize.bytes / pageSize)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA mmap_size = 0")
            guard !database.configuration.readonly else {
                try database.execute(sql: "PRAGMA cache_size = -256")
                return
            }
            // Only an empty database takes these two.
            try database.execute(sql: "PRAGMA page_size = \(pageSize)")
            try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            try database.execute(sql: "PRAGMA cache_size = -512")
            try database.execute(sql: "PRAGMA wal_autocheckpoint = 256")
            try database.execute(sql: "PRAGMA journal_size_limit = 1048576")
            try database.execute(sql: "PRAGMA max_page_count = \(pages)")
        }
        return configuration
    }
}
