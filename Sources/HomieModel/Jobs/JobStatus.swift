/// A job and how it does.
public struct JobStatus: Sendable, Hashable, Codable {
    public enum Origin: String, Sendable, Hashable, Codable, CaseIterable {
        /// `x-homie.schedule` of the stack's Compose file.
        case compose
        /// Made through the API.
        case api
    }

    public enum Action: String, Sendable, Hashable, Codable, CaseIterable {
        /// A fresh container of the service.
        case run
        /// A command in the service's running container.
        case exec
    }

    /// How often runs ended in a way, and when the last one did.
    public struct Total: Sendable, Hashable, Codable {
        public var count: Int64
        public var lastAt: Timestamp

        public init(count: Int64, lastAt: Timestamp) {
            self.count = count
            self.lastAt = lastAt
        }
    }

    public var name: JobName
    public var service: ServiceName
    public var action: Action
    /// Nil for the service's own.
    public var command: [String]?
    /// For people: `cron 30 3 * * * (Europe/Berlin)`, `on container.died`, `after shop/dump`.
    public var triggers: [String]
    public var origin: Origin
    public var isSuspended: Bool
    /// The next run of the clock.
    public var next: Timestamp?
    /// Runs that are not over, in the order in which they came.
    public var open: [JobRunRecord]
    public var last: JobRunRecord?
    /// By final state of a run: `succeeded`, `failed` …
    public var totals: [String: Total]
    /// Why it cannot run, as a sentence.
    public var problem: String?

    public init(
        name: JobName,
        service: ServiceName,
        action: Action,
        command: [String]?,
        triggers: [String],
        origin: Origin,
        isSuspended: Bool = false,
        next: Timestamp? = nil,
        open: [JobRunRecord] = [],
        last: JobRunRecord? = nil,
        totals: [String: Total] = [:],
        problem: String? = nil
    ) {
        self.name = name
        self.service = service
        self.action = action
        self.command = command
        self.triggers = triggers
        self.origin = origin
        self.isSuspended = isSuspended
        self.next = next
        self.open = open
        self.last = last
        self.totals = totals
        self.problem = problem
    }
}
