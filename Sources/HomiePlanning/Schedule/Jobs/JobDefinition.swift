public import HomieModel

/// What is done, and when: one entry of `x-homie.schedule`, or a job made through the API.
public struct JobDefinition: Sendable, Hashable, Codable {
    /// What starts a run.
    public enum Trigger: Sendable, Hashable, Codable {
        /// At times of the wall clock in a zone of the IANA database.
        case cron(CronExpression, zone: String)
        /// When such an event happens; the planner is told so with ``JobBoard/note(_:now:)``.
        case event(JobEventFilter)
        /// When all of these have succeeded since this job began last.
        case after(Set<JobName>)
    }

    public enum Action: Sendable, Hashable, Codable {
        /// A fresh container of the service, with this command or its own.
        case run(ServiceName, command: [String]?)
        /// A command in the service's running container.
        case execute(ServiceName, command: [String])
    }

    /// What becomes of runs that were due while nobody could start them.
    public enum MissedRuns: String, Sendable, Hashable, Codable {
        case skip
        /// One run for all of them.
        case once
        /// One run for each, one after the other, the newest ``JobPlanner/mostCaughtUp`` at most.
        case all
    }

    /// What becomes of a run that is due while another of the same job or group is open.
    public enum Conflict: String, Sendable, Hashable, Codable {
        case skip
        /// It waits its turn.
        case queue
        /// The other one is stopped; then it begins.
        case replace
    }

    /// What must be free before a run begins.
    public struct Headroom: Sendable, Hashable, Codable {
        /// In CPUs.
        public var cpus: Double
        public var memory: ByteCount
        /// The most of the last ten seconds in which tasks waited for storage (PSI `some avg10`), in percent.
        public var ioPressure: Double?

        public init(cpus: Double = 0, memory: ByteCount = ByteCount(bytes: 0), ioPressure: Double? = nil) {
            self.cpus = cpus
            self.memory = memory
            self.ioPressure = ioPressure
        }
    }

    public var name: JobName
    public var triggers: [Trigger]
    public var action: Action
    /// Runs of the clock are put off by up to this much, by the same amount each time (different on every device).
    public var randomDelay = TimeSpan(nanoseconds: 0)
    public var missedRuns = MissedRuns.once
    public var conflict = Conflict.skip
    /// Jobs that share a group never run at the same time.
    public var groups: Set<String> = []
    /// A run that takes longer is stopped and counts as failed.
    public var timeout: TimeSpan?
    /// How often a failed run is tried again.
    public var retries = 0
    public var retryWait = Backoff(first: .seconds(10), ceiling: .seconds(600))
    /// These services must be healthy before a run begins.
    public var needsHealthy: Set<ServiceName> = []
    public var needs: Headroom?
    /// A run that could not begin for this long is given up.
    public var deadline: TimeSpan?
    /// Nothing but a person starts it.
    public var isSuspended = false

    public init(name: JobName, triggers: [Trigger], action: Action) {
        self.name = name
        self.triggers = triggers
        self.action = action
    }

    /// How much this device puts off the job's runs: whole seconds below ``randomDelay``, the same for the same seed.
    public func delay(seed: UInt64) -> TimeSpan {
        let seconds = UInt64(max(0, randomDelay.nanoseconds) / 1_000_000_000)
        guard seconds > 0 else { return TimeSpan(nanoseconds: 0) }
        var mixed = seed ^ 0xCBF2_9CE4_8422_2325
        for byte in name.description.utf8 { mixed = (mixed ^ UInt64(byte)) &* 0x100_0000_01B3 }
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return TimeSpan(nanoseconds: Int64((mixed ^ (mixed >> 31)) % seconds) * 1_000_000_000)
    }
}
