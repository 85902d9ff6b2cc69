public import HomieModel

/// How much history a store keeps. What is older or more goes with ``StateStore/prune(now:)``.
///
/// Never dropped: the newest event and deployment (their IDs go on from there), deployments that run, and of each stack
/// the wanted and the last good revision.
public struct RetentionLimits: Sendable, Hashable {
    /// At most this many rows, none older than this.
    public struct Limit: Sendable, Hashable {
        public var count: Int
        public var age: TimeSpan

        public init(count: Int, age: TimeSpan) {
            self.count = count
            self.age = age
        }
    }

    public var events: Limit
    public var deployments: Limit
    public var health: Limit
    /// Runs of jobs, and sums of runs, besides what is kept of each job. Longer than a year, so that a yearly job has a past.
    public var jobs: Limit
    /// The newest this many revisions of each stack.
    public var revisionsPerStack: Int

    public init(
        events: Limit = Limit(count: 20_000, age: .days(90)),
        deployments: Limit = Limit(count: 500, age: .days(365)),
        health: Limit = Limit(count: 10_000, age: .days(30)),
        jobs: Limit = Limit(count: 20_000, age: .days(400)),
        revisionsPerStack: Int = 20
    ) {
        self.events = events
        self.deployments = deployments
        self.health = health
        self.jobs = jobs
        self.revisionsPerStack = revisionsPerStack
    }
}

extension TimeSpan {
    /// Days of 24 hours.
    public static func days(_ count: Int64) -> Self { Self(nanoseconds: count * 86_400_000_000_000) }
}
