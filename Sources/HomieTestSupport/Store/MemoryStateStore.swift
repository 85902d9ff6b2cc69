public import HomieModel
public import HomieSupervisor

/// A ``StateStore`` in memory, as strict as the real one: the model the real one is compared with, and what the
/// supervisor's tests run on.
///
/// It outlives the supervisor under test: give the same store to a second supervisor to play a restart.
public actor MemoryStateStore: StateStore {
    private var tables: MemoryTables
    private let limits: RetentionLimits
    private var failure: (any Error)?
    private var remainingFailures = 0
    private var commitsBeforeFailure = 0
    private var readFailure: (any Error)?
    /// Set to play a database that was damaged and put aside.
    private var damage: StoreDamage?
    private var holds: (@Sendable (StateChange) -> Bool)?
    /// A commit is held up.
    public private(set) var isHolding = false
    private var unreadable: [StackName: String] = [:]

    /// Every commit that succeeded, in order.
    public private(set) var commits: [[StateChange]] = []

    public init(limits: RetentionLimits = RetentionLimits(), damage: StoreDamage? = nil) {
        tables = MemoryTables()
        self.limits = limits
        self.damage = damage
    }

    // MARK: Faults

    /// Lets `skipping` further commits through, then fails the next `count` (nil: all, until ``recover()``); a commit
    /// that fails changes nothing.
    public func failCommits(with error: any Error, skipping: Int = 0, count: Int? = nil) {
        failure = error
        commitsBeforeFailure = skipping
        remainingFailures = count ?? .max
    }

    /// Fails every ``load()`` and query until ``recover()``.
    public func failReads(with error: any Error) { readFailure = error }

    /// From now on the stack's wanted revision cannot be read; its rows stay.
    public func makeUnreadable(_ stack: StackName, _ reason: String) { unreadable[stack] = reason }

    /// Lets no commit with such a change go on until ``releaseCommits()``.
    public func holdCommits(where isMeant: @escaping @Sendable (StateChange) -> Bool) { holds = isMeant }
    public func releaseCommits() { holds = nil }

    /// Ends all injected failures.
    public func recover() {
        failure = nil
        readFailure = nil
        remainingFailures = 0
    }

    /// Forgets everything, as after a damaged database was put aside; IDs begin anew.
    public func lose(_ damage: StoreDamage) {
        tables = MemoryTables()
        self.damage = damage
    }

    // MARK: What tests look at

    public var stacks: [StackRecord] { tables.stacks.values.sorted { $0.name < $1.name } }
    public var allEvents: [EventRecord] { tables.events.values.sorted { $0.id < $1.id } }
    public var allDeployments: [DeploymentRecord] { tables.deployments.values.sorted { $0.id < $1.id } }
    public var health: [HealthRecord] { tables.health }

    // MARK: StateStore

    public func load() async throws -> StoredState {
        if let readFailure { throw readFailure }
        var stored = tables.stored(damage: damage)
        stored.unreadable = unreadable
        stored.stacks.removeAll { unreadable[$0.name] != nil }
        stored.revisions.removeAll { unreadable[$0.stack] != nil }
        return stored
    }

    public func commit(_ changes: [StateChange]) async throws {
        if let holds, changes.contains(where: holds) {
            isHolding = true
            while self.holds != nil { try await Task.sleep(for: .milliseconds(2)) }
            isHolding = false
        }
        try failWhenTold()
        var next = tables
        for change in changes { try next.apply(change) }
        try next.check()
        tables = next
        commits.append(changes)
    }

    public func probe() async throws { try failWhenTold() }

    private func failWhenTold() throws {
        guard let failure, remainingFailures > 0 else { return }
        if commitsBeforeFailure > 0 {
            commitsBeforeFailure -= 1
            return
        }
        if remainingFailures != .max { remainingFailures -= 1 }
        throw failure
    }

    public func revisions(of stack: StackName) async throws -> [RevisionRecord] {
        if let readFailure { throw readFailure }
        return tables.revisions.values.filter { $0.stack == stack }.sorted { $0.number < $1.number }
    }

    public func newestRevision(of stack: StackName) async throws -> Int? {
        try await revisions(of: stack).last?.number
    }

    public func deployments(of stack: StackName?, limit: Int) async throws -> [DeploymentRecord] {
        if let readFailure { throw readFailure }
        let matching = tables.deployments.values.filter { stack == nil || $0.stack == stack }
        return Array(matching.sorted { $0.id > $1.id }.prefix(max(0, limit)))
    }

    public func events(_ query: EventQuery) async throws -> [EventRecord] {
        if let readFailure { throw readFailure }
        let matching = tables.events.values.filter(query.accepts).sorted { $0.id < $1.id }
        return Array(matching.suffix(max(0, query.limit)))
    }

    public func prune(now: Timestamp?) async throws -> Int {
        if let failure, remainingFailures > 0 { throw failure }
        return tables.prune(now: now, limits: limits)
    }
}

/// What a store refuses to write.
public enum StateStoreViolation: UserFacingError, Equatable {
    case noRevision(StackName, Int)
    case noStack(StackName)
    case eventExists(Int64)
    case numberBelowOne

    public var summary: String {
        switch self {
        case .noRevision(let stack, let number): "stack '\(stack)' refers to revision \(number), which is not stored"
        case .noStack(let stack): "a revision belongs to stack '\(stack)', which is not stored"
        case .eventExists(let id): "event \(id) is stored already"
        case .numberBelowOne: "revisions, deployments and events are numbered from 1"
        }
    }

    public var kind: ErrorKind { .failed }
}
