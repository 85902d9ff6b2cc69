/// What is used right now: means of the last minute.
public struct UsageTable: Sendable, Hashable, Codable {
    public struct Service: Sendable, Hashable, Codable {
        public var stack: String
        public var service: String
        /// Processors' worth of time: 1 is one processor, busy all the time.
        public var processors: Double?
        /// The working set in bytes.
        public var memory: Double?
        /// Bytes per second.
        public var received: Double?
        public var sent: Double?
        public var read: Double?
        public var written: Double?
        /// Seconds per second during which its limit kept it from running.
        public var throttled: Double?

        public init(stack: String, service: String) {
            self.stack = stack
            self.service = service
        }
    }

    public struct Host: Sendable, Hashable, Codable {
        /// Shares between 0 and 1.
        public var processors: Double?
        public var memory: Double?
        public var load: Double?

        public init(processors: Double? = nil, memory: Double? = nil, load: Double? = nil) {
            self.processors = processors
            self.memory = memory
            self.load = load
        }
    }

    public var host: Host
    /// In the order of stack and service.
    public var services: [Service]

    public init(host: Host, services: [Service]) {
        self.host = host
        self.services = services
    }
}
