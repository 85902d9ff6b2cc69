import GRDB
import HomieModel
import Testing

@testable import HomieStore

@Suite("Errors of the store")
struct StoreErrorTests {
    @Test(
        "every answer of SQLite becomes an error that names the file, and the common ones a remedy",
        arguments: [
            (ResultCode.SQLITE_FULL, ErrorKind.failed, "free space"),
            (.SQLITE_READONLY, .refused, "read-write"),
            (.SQLITE_PERM, .refused, "read-write"),
            (.SQLITE_CANTOPEN, .failed, "folder exists"),
            (.SQLITE_IOERR_FSYNC, .failed, "dmesg"),
            (.SQLITE_CORRUPT_VTAB, .failed, "restart homied"),
            (.SQLITE_NOTADB, .failed, "restart homied"),
            (.SQLITE_BUSY_SNAPSHOT, .failed, "goes on by itself"),
            (.SQLITE_LOCKED, .failed, "goes on by itself"),
            (.SQLITE_CONSTRAINT_FOREIGNKEY, .conflict, "report it"),
        ]
    )
    func mapping(code: ResultCode, kind: ErrorKind, remedy: String) {
        let error = StoreError(DatabaseError(resultCode: code), path: "/var/lib/homie/homie.db")
        #expect(error.kind == kind)
        #expect(error.summary.contains("/var/lib/homie/homie.db"))
        #expect(error.hint?.contains(remedy) == true, "\(error)")
        #expect(error.underlying is DatabaseError)
    }
}
