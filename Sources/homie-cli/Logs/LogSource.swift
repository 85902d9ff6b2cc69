internal import HomieAPI
internal import HomieModel

/// A container whose log is read, and what stands before its lines.
struct LogSource: Sendable, Hashable {
    let container: ContainerStatus
    /// `web-1`, or with several stacks `shop/web-1`.
    let label: String

    init(_ container: ContainerStatus, namesStack: Bool) {
        self.container = container
        label = (namesStack ? "\(container.stack)/" : "") + "\(container.service)-\(container.index)"
    }
}

/// A line of a log with its origin; what `homie logs --json` prints.
struct SourcedLine: Sendable, Hashable, Encodable {
    var at: Timestamp?
    var channel: LogEntry.Channel
    var container: String
    var service: ServiceName
    var stack: StackName
    var text: String

    init(_ entry: LogEntry, _ container: ContainerStatus) {
        at = entry.at
        channel = entry.channel
        self.container = container.name
        service = container.service
        stack = container.stack
        text = entry.text
    }
}

/// Which lines are wanted.
struct LogSelection: Sendable, Hashable {
    var tail: Int?
    var since: Timestamp?
    /// Only lines with this in them.
    var text: String?
}
