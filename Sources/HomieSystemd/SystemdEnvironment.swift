import CSystemd
import Glibc

/// What this process can tell about systemd around it.
public enum SystemdEnvironment {
    /// Whether the machine was booted with systemd (sd_booted(3)).
    public static var machineRunsSystemd: Bool { sd_booted() > 0 }

    /// Whether systemd started this process and waits for `READY=1`.
    public static var notificationIsExpected: Bool { getenv("NOTIFY_SOCKET") != nil }

    /// Whether standard error is connected to the journal, as `JOURNAL_STREAM` (`device:inode`) says in systemd.exec(5).
    ///
    /// The variable alone is not enough: a child with another standard error inherits it.
    public static var standardErrorIsJournal: Bool {
        guard let variable = getenv("JOURNAL_STREAM") else { return false }
        var status = stat()
        guard fstat(STDERR_FILENO, &status) == 0 else { return false }
        return stream(String(cString: variable), isDevice: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }

    static func stream(_ text: String, isDevice device: UInt64, inode: UInt64) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 2 && UInt64(parts[0]) == device && UInt64(parts[1]) == inode
    }
}
