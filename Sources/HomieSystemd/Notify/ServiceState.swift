public import HomieModel

/// One assignment of a notification to systemd, in the words of sd_notify(3).
public enum ServiceState: Sendable, Hashable {
    /// Start-up is over, or a reload is.
    case ready
    /// Configuration is being read anew since this many microseconds of the monotonic clock; ``ready`` ends it.
    case reloading(monotonicMicroseconds: UInt64)
    /// The process is on its way out.
    case stopping
    /// One line for `systemctl status`.
    case status(String)
    /// Feeds the watchdog.
    case watchdog
    /// The main process is another one than systemd started.
    case mainProcess(Int32)
    /// Start-up or stopping takes longer than the unit's time-out; asks for this much from now on.
    case extendTimeout(TimeSpan)

    /// `NAME=value`. A status is one line: line breaks in it would begin assignments of their own.
    var assignment: String {
        switch self {
        case .ready: "READY=1"
        case .reloading(let microseconds): "RELOADING=1\nMONOTONIC_USEC=\(microseconds)"
        case .stopping: "STOPPING=1"
        case .status(let text): "STATUS=" + text.split(whereSeparator: \.isNewline).joined(separator: " ")
        case .watchdog: "WATCHDOG=1"
        case .mainProcess(let process): "MAINPID=\(process)"
        case .extendTimeout(let span): "EXTEND_TIMEOUT_USEC=\(max(0, span.nanoseconds / 1000))"
        }
    }
}
