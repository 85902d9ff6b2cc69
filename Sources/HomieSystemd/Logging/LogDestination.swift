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
    ///
    /// - Parameter provider: what every line says of where it was written from: its trace.
    public func logger(
        label: String,
        level: Logger.Level,
        provider: Logger.MetadataProvider? = nil
    ) -> Logger {
        Logger(label: label) { label in
            var handler = handler(label: label, level: level)
            handler.metadataProvider = provider
            return handler
        }
    }

    /// A handler that writes here, for `LoggingSystem.bootstrap`.
    public func handler(label: String, level: Logger.Level) -> any LogHandler {
        switch self {
        case .journal: JournalLogHandler(label: label, logLevel: level)
        case .standardError(let format): StandardErrorLogHandler(label: label, format: format, logLevel: level)
        }
    }
}
