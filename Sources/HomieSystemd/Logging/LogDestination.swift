public import Logging

/// Where a program of the suite writes its log.
public enum LogDestination: Sendable, Hashable {
    case journal
    case standardError(LogFormat)

    /// The journal when standard error leads there anyway, otherwise standard error.
    public static func preferred(fallback: LogFormat = .text) -> LogDestination {
        SystemdEnvironment.standardErrorIsJournal ? .journal : .standardError(fallback)
    }

    /// A logger that writes here.
    public func logger(label: String, level: Logger.Level) -> Logger {
        Logger(label: label) { label in handler(label: label, level: level) }
    }

    /// A handler that writes here, for `LoggingSystem.bootstrap`.
    public func handler(label: String, level: Logger.Level) -> any LogHandler {
        switch self {
        case .journal: JournalLogHandler(label: label, logLevel: level)
        case .standardError(let format): StandardErrorLogHandler(label: label, format: format, logLevel: level)
        }
    }
}
