import CSystemd
import Glibc
public import Logging

/// Writes log events to the journal with their fields (sd_journal_sendv(3)); metadata become `HOMIE_…` fields.
///
/// What the journal does not take goes to standard error instead: no message is lost without a trace.
public struct JournalLogHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let label: String

    public init(label: String, logLevel: Logger.Level = .info) {
        self.label = label
        self.logLevel = logLevel
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let merged = LogMetadata.merged(handler: metadata, provider: metadataProvider, event: event)
        let result = Self.send(JournalFields(event: event, label: label, metadata: merged).assignments)
        guard result < 0 else { return }
        let line = LogLine(event: event, label: label, metadata: merged, time: LogLine.now())
        StandardErrorLogHandler.write(line.text(as: .text) + " (journal: \(String(cString: strerror(-result))))\n")
    }

    private static func send(_ assignments: [[UInt8]]) -> Int32 {
        // One block of memory for all fields, so that every vector points into something that stays where it is.
        var block = assignments.flatMap { $0 }
        return block.withUnsafeMutableBytes { bytes in
            var offset = 0
            let vectors = assignments.map { assignment in
                defer { offset += assignment.count }
                return iovec(iov_base: bytes.baseAddress.map { $0 + offset }, iov_len: assignment.count)
            }
            return vectors.withUnsafeBufferPointer { sd_journal_sendv($0.baseAddress, Int32($0.count)) }
        }
    }
}
