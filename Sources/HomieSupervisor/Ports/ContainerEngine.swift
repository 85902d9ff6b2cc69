public import HomieModel

/// The container engine, as the supervisor needs it: six small ports that one adapter fulfils.
public typealias ContainerEngine = EngineObservation & ContainerControl & EngineResources & ImageStore & EngineCleaning
    & ContainerLimits & HookExecution

/// Looking at containers.
public protocol EngineObservation: Sendable {
    /// Every container that carries a Compose project label, running or not. One that cannot be inspected keeps no other from
    /// being told of.
    func listing() async throws -> EngineListing
    /// One container; nil when there is none of that ID or name.
    func container(_ id: String) async throws -> ObservedContainer?
    /// The variables of a container, those of its image too; nil when there is no such container.
    func environment(of id: String) async throws -> [String: String]?
    /// What happens from now on, for ever: the adapter reconnects, and says so with ``EngineEvent/connected`` (then
    /// anything may have happened in between) and ``EngineEvent/disconnected(reason:)``.
    func events() -> AsyncStream<EngineEvent>
    /// The log of a container, oldest line first; with `follows` until the container ends or the task is cancelled.
    func logs(_ id: String, options: LogOptions) async throws -> AsyncThrowingStream<LogLine, any Error>
}

extension EngineObservation {
    /// The containers of ``listing()``.
    public func containers() async throws -> [ObservedContainer] { try await listing().containers }
}

/// Changing containers. Every call may be repeated: what is already so is success.
public protocol ContainerControl: Sendable {
    /// Creates the container, uploads its inline files, joins all its networks; it is not started.
    /// Returns the new ID. A container of that name with the same spec digest label is success (its ID).
    func create(_ recipe: ContainerRecipe) async throws -> String
    func start(_ id: String) async throws
    /// Stops with the given grace (nil: the container's own), then kills. Not there or not running is success.
    func stop(_ id: String, grace: TimeSpan?) async throws
    /// Removes a container, never its named volumes; `anonymousVolumes` removes those only it used.
    func remove(_ id: String, anonymousVolumes: Bool) async throws
    func unpause(_ id: String) async throws
    /// Sends a signal, e.g. `SIGHUP`, to the container's first process. Not there or not running is success.
    func signal(_ id: String, _ name: String) async throws
    func rename(_ id: String, to name: String) async throws
    /// Runs a command in the container; output is cut after 64 KiB.
    func execute(_ command: [String], in id: String, timeout: TimeSpan) async throws -> ExecutionResult
}

/// Running the hooks of Compose files.
public protocol HookExecution: Sendable {
    /// Runs a hook's command in a running container; output is cut after 64 KiB.
    ///
    /// - Throws: when the container does not run, or the command does not end in time.
    func run(_ hook: LifecycleHook, in id: String, timeout: TimeSpan) async throws -> ExecutionResult
}

/// Networks and volumes. Making what is there with the same settings is success.
public protocol EngineResources: Sendable {
    func ensureNetwork(_ network: NetworkDefinition, key: String, stack: StackName) async throws
    func removeNetwork(_ name: String) async throws
    func ensureVolume(_ volume: VolumeDefinition, key: String, stack: StackName) async throws
    func removeVolume(_ name: String) async throws
    /// Names of networks and volumes that carry this stack's project label.
    func resources(of stack: StackName) async throws -> EngineResourceNames
    /// Version and host facts for `homie doctor`.
    func information() async throws -> EngineInformation
}

/// Images.
public protocol ImageStore: Sendable {
    /// The image of a reference or ID the engine has; nil when it has none.
    func image(_ reference: String) async throws -> ObservedImage?
    func pull(_ reference: String, platform: String?, progress: @Sendable @escaping (PullProgress) -> Void) async throws
        -> ObservedImage
    func build(
        _ build: BuildDefinition,
        tag: String,
        progress: @Sendable @escaping (PullProgress) -> Void
    ) async throws -> ObservedImage
    /// Gives the image a further name, which keeps it from being pruned as dangling.
    func tag(_ id: String, as reference: String) async throws
    /// Takes away the names of images in repositories that match a pattern, e.g. `homie.local/shop/*`, whatever their tags;
    /// an image goes with its last name unless a container uses it.
    func removeNames(of repositories: String) async throws
}

/// Changing what a container may use while it is there.
public protocol ContainerLimits: Sendable {
    /// Sets the limit of memory, and that of memory and swap together. What is so already is success.
    func limitMemory(_ id: String, to limit: ByteCount, withSwap: ByteCount) async throws
    /// Sets the limit of CPUs.
    func limitProcessors(_ id: String, to count: Double) async throws
}

/// Freeing disk space.
public protocol EngineCleaning: Sendable {
    /// Removes the build cache that nothing uses, and images without a name that neither a container nor `keeping` has, but for
    /// those that were pulled by their digest alone.
    /// Volumes, named images and containers stay. Returns what was freed.
    ///
    /// - Parameter keeping: image IDs that must stay.
    func prune(keeping: Set<String>) async throws -> PruneReport
}

/// What freeing disk space came to.
public struct PruneReport: Sendable, Hashable, Codable {
    public var freed: ByteCount
    public var images: Int
    /// What could not be cleared beside that, in one sentence.
    public var problem: String?

    public init(freed: ByteCount, images: Int, problem: String? = nil) {
        self.freed = freed
        self.images = images
        self.problem = problem
    }
}
