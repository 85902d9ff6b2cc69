public import HomieModel

/// What the API asks of the supervisor.
public protocol StackControl: Sendable {
    /// Makes `definition` the wanted state of its stack. Returns at once; the deployment is final already when there was
    /// nothing to do.
    func apply(_ definition: StackDefinition, options: ApplyOptions) async throws -> DeploymentRecord
    /// What ``apply(_:options:)`` would return when it had nothing to do, for a request that was applied before and is
    /// known by its digest. Nothing is changed.
    ///
    /// - Throws: ``SupervisorError/notInPlace(_:)`` when something would have to be done, or that is not known.
    func confirm(_ request: ContentDigest, of stack: StackName) async throws -> DeploymentRecord
    /// What ``apply(_:options:)`` would do.
    func plan(_ definition: StackDefinition, options: ApplyOptions) async throws -> [PlannedChange]
    /// Stops and removes the stack's containers and networks; volumes only when asked.
    func remove(_ stack: StackName, removesVolumes: Bool) async throws -> DeploymentRecord
    /// Returns to `revision`, or to the newest good one before the present; needs no registry.
    func rollback(_ stack: StackName, to revision: Int?) async throws -> DeploymentRecord
    /// Takes over the containers of a running Compose project that match `definition`, without restarting them.
    func adopt(_ definition: StackDefinition) async throws -> DeploymentRecord
    func inspect() -> any StackInspection
}

/// What the API asks about.
public protocol StackInspection: Sendable {
    func stacks() async throws -> [StackStatus]
    /// - Throws: ``SupervisorError/noStack(_:)``
    func stack(_ name: StackName) async throws -> StackStatus
    func revisions(of stack: StackName) async throws -> [RevisionRecord]
    func deployment(_ id: Int64) async throws -> DeploymentRecord
    func events(_ query: EventQuery) async throws -> [EventRecord]
    /// Events as they come, from now on. Slow readers lose the oldest; IDs show the gap.
    func eventStream() async -> AsyncStream<EventRecord>
    /// The events that explain the service's present state, cause before effect.
    func why(_ service: ServiceName, in stack: StackName) async throws -> [EventRecord]
    func logs(of container: String, options: LogOptions) async throws -> AsyncThrowingStream<LogLine, any Error>
    func doctor() async -> [Finding]
}

/// How an apply is done.
public struct ApplyOptions: Sendable, Hashable {
    /// Pull even when the image is there.
    public var pulls: Bool
    /// Re-create even what did not change.
    public var forcesRecreate: Bool
    /// Remove containers of the project that Homie did not make and the file does not name.
    public var removesOrphans: Bool
    /// The digest of the whole request, by which it can be confirmed later; nil when there is none.
    public var request: ContentDigest?

    public init(
        pulls: Bool = false,
        forcesRecreate: Bool = false,
        removesOrphans: Bool = false,
        request: ContentDigest? = nil
    ) {
        self.request = request
        self.pulls = pulls
        self.forcesRecreate = forcesRecreate
        self.removesOrphans = removesOrphans
    }
}
