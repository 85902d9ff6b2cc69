import GRDB
public import HomieModel

/// What the store cannot do. Nothing of the change that met it was written.
public enum StoreError: UserFacingError {
    /// The disk, or the database's own size limit, leaves no room (`SQLITE_FULL`). The store works again once there is.
    case diskFull(path: String, underlying: any Error)
    /// The file or its folder may not be written (`SQLITE_READONLY`, `SQLITE_PERM`).
    case readOnly(path: String, underlying: any Error)
    /// The file cannot be opened or made (`SQLITE_CANTOPEN`).
    case cannotOpen(path: String, underlying: any Error)
    /// The disk failed to read or write (`SQLITE_IOERR`). The store works again once the disk does.
    case inputOutput(path: String, underlying: any Error)
    /// The file's content is damaged (`SQLITE_CORRUPT`, `SQLITE_NOTADB`).
    case corrupt(path: String, underlying: any Error)
    /// Somebody else is just writing to the file (`SQLITE_BUSY`, `SQLITE_LOCKED`). The store works again once they are done.
    case busy(path: String, underlying: any Error)
    /// Another store holds the state directory.
    case locked(path: String, underlying: (any Error)?)
    /// The change contradicts what is stored (`SQLITE_CONSTRAINT`).
    case violation(path: String, underlying: any Error)
    /// A later release made the database, in a way this release cannot read.
    case schemaTooNew(path: String, readableFrom: Int, known: Int)
    /// A record of this process cannot be written as JSON, or a stored one not be read.
    case unreadableRecord(String, underlying: any Error)
    /// A record does not open with the key that is there: another one sealed it, or it was changed.
    case sealedOtherwise(String, underlying: any Error)
    /// The key is not there, and there is what was sealed with it.
    case keyMissing(path: String)
    /// The key that seals secrets cannot be read or made.
    case noKey(path: String, reason: String)
    /// The store was closed.
    case closed(path: String)
    /// Any other answer of SQLite.
    case failed(path: String, underlying: any Error)

    public var summary: String {
        switch self {
        case .diskFull(let path, _): "there is no room left for the state database '\(path)'"
        case .readOnly(let path, _): "the state database '\(path)' may not be written"
        case .cannotOpen(let path, _): "the state database '\(path)' cannot be opened"
        case .inputOutput(let path, _): "the disk failed while the state database '\(path)' was used"
        case .corrupt(let path, _): "the state database '\(path)' is damaged"
        case .busy(let path, _): "the state database '\(path)' is being written by another process"
        case .locked(let path, _): "another process uses the state database '\(path)'"
        case .violation(let path, _): "a change contradicts what the state database '\(path)' holds"
        case .schemaTooNew(let path, let needed, let known):
            "the state database '\(path)' needs a release that knows schema \(needed), this one knows \(known)"
        case .unreadableRecord(let what, _): "\(what) cannot be read or written"
        case .sealedOtherwise(let what, _): "\(what) does not open with the state's key"
        case .keyMissing(let path): "the key '\(path)', with which the state was sealed, is not there"
        case .noKey(let path, let reason): "the key of the state, '\(path)', cannot be used: \(reason)"
        case .closed(let path): "the state database '\(path)' is closed"
        case .failed(let path, _): "the state database '\(path)' cannot be used"
        }
    }

    public var hint: String? {
        switch self {
        case .diskFull: "free space on this file system, e.g. with 'docker image prune'; Homie goes on by itself"
        case .readOnly: "check that the file system is mounted read-write and that its owner is the daemon's account"
        case .cannotOpen: "check that the folder exists and belongs to the daemon's account"
        case .inputOutput: "look at 'dmesg' for errors of the disk or card, and replace it when there are any"
        case .corrupt: "restart homied: it puts the file aside and rebuilds the state from the running containers"
        case .busy: "end what uses the file, e.g. a copy or 'sqlite3'; Homie goes on by itself"
        case .locked: "end the other homied, or give this one a state directory of its own"
        case .violation, .unreadableRecord: "this is a fault in Homie; please report it with the lines of homied's log"
        case .schemaTooNew: "install the newer release again"
        case .sealedOtherwise:
            "put the key back that was there ('state.key' or the credential 'homie-state-key') and restart homied"
        case .keyMissing(let path):
            "put the key back from a backup and restart homied; when it is lost for good, make another one "
                + "('head -c 32 /dev/urandom >\(path)', mode 0600), restart homied and deploy the files again"
        case .noKey:
            "check the folder's owner and free space; a lost key is put back from a backup, or removed to begin with a new one"
        case .closed: "start homied again"
        case .failed: nil
        }
    }

    public var kind: ErrorKind {
        switch self {
        case .locked, .violation: .conflict
        case .readOnly, .schemaTooNew, .keyMissing: .refused
        case .diskFull, .cannotOpen, .inputOutput, .corrupt, .busy, .unreadableRecord, .sealedOtherwise, .noKey,
            .closed,
            .failed:
            .failed
        }
    }

    public var underlying: (any Error)? {
        switch self {
        case .diskFull(_, let error), .readOnly(_, let error), .cannotOpen(_, let error), .inputOutput(_, let error),
            .corrupt(_, let error), .busy(_, let error), .violation(_, let error), .unreadableRecord(_, let error),
            .sealedOtherwise(_, let error), .failed(_, let error):
            error
        case .locked(_, let error): error
        case .schemaTooNew, .keyMissing, .noKey, .closed: nil
        }
    }
}

extension StoreError {
    /// The store's error for whatever came out of a database access.
    ///
    /// Result codes: <https://www.sqlite.org/rescode.html>.
    init(_ error: any Error, path: String) {
        if let known = error as? StoreError {
            self = known
            return
        }
        guard let database = error as? DatabaseError else {
            self = .failed(path: path, underlying: error)
            return
        }
        switch database.resultCode {
        case .SQLITE_FULL: self = .diskFull(path: path, underlying: database)
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH: self = .readOnly(path: path, underlying: database)
        case .SQLITE_CANTOPEN: self = .cannotOpen(path: path, underlying: database)
        case .SQLITE_IOERR: self = .inputOutput(path: path, underlying: database)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .corrupt(path: path, underlying: database)
        case .SQLITE_BUSY, .SQLITE_LOCKED: self = .busy(path: path, underlying: database)
        case .SQLITE_CONSTRAINT: self = .violation(path: path, underlying: database)
        case .SQLITE_MISUSE: self = .closed(path: path)
        default: self = .failed(path: path, underlying: database)
        }
    }

    /// The summary, and where the store itself knows why, the reason.
    var sentence: String { (underlying as? StoreError).map { "\(summary): \($0.summary)" } ?? summary }

    /// Other changes would have been written: it is what this one says that cannot be.
    var concernsOneChange: Bool {
        switch self {
        case .violation, .keyMissing, .unreadableRecord: true
        default: false
        }
    }
}
