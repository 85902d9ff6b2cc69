/// What was done for a replica in trouble, as it is kept over a restart of the daemon.
public struct HealingRecord: Sendable, Hashable, Codable {
    public var stack: StackName
    /// `service/index`.
    public var instance: String
    /// The history as JSON; its times are the uptime of the daemon that wrote it.
    public var history: String
    /// When it was written, by both clocks.
    public var at: Timestamp
    public var uptime: TimeSpan

    public init(stack: StackName, instance: String, history: String, at: Timestamp, uptime: TimeSpan) {
        self.stack = stack
        self.instance = instance
        self.history = history
        self.at = at
        self.uptime = uptime
    }
}
