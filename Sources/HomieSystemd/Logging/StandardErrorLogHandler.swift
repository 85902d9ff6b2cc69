import Glibc
public import Logging

/// How a line on standard error is written.
public enum LogFormat: String, Sendable, Hashable, CaseIterable {
    /// Time, level, label, message, `key=value`.
    case text
    /// One JSON object a line.
    case json
}

/// Writes log events to standard error, one line each.
public struct StandardErrorLogHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let format: LogFormat

    public init(label: String, format: LogFormat = .text, logLevel: Logger.Level = .info) {
        self.label = label
        self.format = format
        self.logLevel = logLevel
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let merged = LogMetadata.merged(handler: metadata, provider: metadataProvider, event: event)
        let line = LogLine(event: event, label: label, metadata: merged, time: LogLine.now())
        Self.write(line.text(as: format) + "\n")
    }

    /// Writes all of the text, in one call where the kernel takes it, so that lines of several tasks do not mix.
    static func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if written < 0 {
                // A closed standard error leaves nobody to tell.
                guard errno == EINTR || errno == EAGAIN else { return }
                var readiness = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
                if errno == EAGAIN { poll(&readiness, 1, -1) }
            } else {
                rest = rest.dropFirst(written)
            }
        }
    }
}
