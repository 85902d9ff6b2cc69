import FoundationEssentials
import Glibc
import HomieModel

/// The files of a state database and what may be done with them.
struct StoreFiles: Sendable {
    let directory: String

    var database: String { directory + "/homie.db" }
    var log: String { database + "-wal" }
    var index: String { database + "-shm" }
    var lock: String { directory + "/homie.lock" }
    var key: String { directory + "/state.key" }

    /// Makes the folder (mode 0700) when it is not there.
    func makeDirectory() throws(StoreError) {
        do {
            try FileManager.default.createDirectory(
                atPath: directory,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw .cannotOpen(path: database, underlying: error)
        }
    }

    func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// True for a regular file, or a link to one.
    func isRegularFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// What is wrong with the log before SQLite touches it; nil when nothing is.
    func damageOfLog() -> String? {
        guard exists(log) else { return nil }
        guard isRegularFile(log) else { return "the write-ahead log is not a file" }
        guard exists(database) else { return "a write-ahead log without its database" }
        guard let content = FileManager.default.contents(atPath: log) else {
            return "the write-ahead log cannot be read"
        }
        guard case .damaged(let reason) = WriteAheadLog.examine([UInt8](content)) else { return nil }
        return reason
    }

    /// Renames the database, its log and index to `homie.db.damaged-<time>`, and returns the database's new path.
    ///
    /// The database goes first: a crash in between leaves a log without a database, which the next start sets aside too.
    func setAside(now: Timestamp) throws(StoreError) -> String {
        let time = now.rfc3339.prefix(19).filter { $0 != "-" && $0 != ":" }
        var target = "\(database).damaged-\(time)Z"
        var attempt = 2
        while exists(target) || exists(target + "-wal") {
            target = "\(database).damaged-\(time)Z-\(attempt)"
            attempt += 1
        }
        for suffix in ["", "-wal", "-shm"] where exists(database + suffix) {
            guard rename(database + suffix, target + suffix) == 0 else {
                throw .cannotOpen(path: database + suffix, underlying: Errno(code: errno))
            }
        }
        try synchronizeDirectory()
        return target
    }

    /// Where the newest database that was set aside is; nil when none ever was.
    func newestSetAside() -> String? {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        let prefix = "homie.db.damaged-"
        let newest = names.filter { $0.hasPrefix(prefix) && !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm") }.max()
        return newest.map { "\(directory)/\($0)" }
    }

    func synchronizeDirectory() throws(StoreError) {
        let descriptor = Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .cannotOpen(path: directory, underlying: Errno(code: errno)) }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .inputOutput(path: directory, underlying: Errno(code: errno)) }
    }
}

/// An error number of the C library.
struct Errno: Error, CustomStringConvertible {
    let code: Int32
    var description: String { String(cString: strerror(code)) }
}
