import HomieModel
import HomiePlanning
public import Logging

/// The container supervisor: looks, plans, acts, remembers. One actor, one writer of everything it decides.
///
/// Calls of the engine run in tasks of their own and come back as results; between two of them the actor re-reads what
/// it knows, because everything may have changed meanwhile.
public actor Supervisor {
    let engine: any ContainerEngine
    let store: any StateStore
    let writer: StateWriter
    let clocks: Clocks
    let settings: SupervisorSettings
    let logger: Logger
    let limit: AsyncLimit
    /// Stops wait for their grace period, not for a processor: many at a time.
    let stopLimit = AsyncLimit(64)
    /// Early probes at a time: each costs the engine some CPU.
    let probeLimit = AsyncLimit(2)
    /// Changes of what is wanted go one after another.
    let mutations = AsyncLimit(1)
    let onProgress: @Sendable () -> Void

    var stacks: [StackName: StackState] = [:]
    var mirror = EngineMirror()
    var log = EventLog(lastID: 0)
    var lastDeploymentID: Int64 = 0
    var damage: StoreDamage?
    /// Stacks in the state that cannot be read, each with the reason; nothing is done about them.
    var unreadable: [StackName: String] = [:]
    /// The event stream is up and everything was listed since.
    var isSynced = false
    /// Why the event stream is down.
    var streamFailure: String?
    /// Why the last listing failed, until one succeeds.
    var listingFailure: String?
    var engineFailure: String? { streamFailure ?? listingFailure }
    var isRetryingResync = false
    /// Good images were looked after once since the start.
    var hasKeptImages = false
    /// The uptime at which the engine last came back.
    var reconnectedAt: TimeSpan?
    var dirty: Set<StackName> = []
    /// Containers that the daemon before this one knew, until they were compared with those that are there.
    var storedContainers: Set<String> = []
    /// Containers to be inspected soon.
    var stale: Set<String> = []
    /// Containers we stop ourselves.
    var stopping: Set<String> = []
    /// For so long after its answer, or its return, the engine may still tell of what was no person's doing.
    static let aftermath = TimeSpan.seconds(15)
    /// The uptime at which the engine answered a stop of ours, by container that was not started since.
    var answeredStops: [String: TimeSpan] = [:]
    /// Who waits for a process to end, by container.
    var endWaiters: [String: CheckedContinuation<Void, any Error>] = [:]
    /// The uptime at which a container was sent a stop signal by someone else.
    var signalled: [String: TimeSpan] = [:]
    var probing: Set<String> = []
    /// Asks servers what their health checks would; nil runs the checks' commands only.
    let loopbackProber: (any LoopbackProber)?
    /// Commands of health checks that were seen to pass in an image.
    var provenChecks: Set<ProvenCheck> = []
    /// Makes Homie's own checks over the network; nil in tests that have none.
    let prober: (any HealthProber)?
    /// How Homie's own checks go, by container.
    var checks: [String: CheckState] = [:]
    let system: (any SystemObservation)?
    /// The measured past; nil where none is kept.
    var measurements: (any MeasurementInspection)?
    var clinic = Clinic()
    private var clockTrust = ClockTrust()
    /// Homie's own checks at a time.
    let checkLimit = AsyncLimit(8)
    /// What the gateway is told.
    var routeFeed = RouteFeed()
    var gateway: (any RouteInspection)?
    /// Who issues the certificates of services, when they end, and why one could not be renewed.
    var certificates: (any ServiceCertificates)?
    var certificateEnds: [RoutePlanner.ServiceKey: Timestamp] = [:]
    var certificateTroubles: [RoutePlanner.ServiceKey: String] = [:]
    var handRoutesByName: [RouteName: HandRoute] = [:]
    /// Moves the requests of services that are updated; nil when there is no gateway.
    var traffic: (any TrafficControl)?
    var gatewayReport: GatewayReport?
    /// Leads connections to published ports elsewhere while these change hands; nil when nobody does.
    var relaying: (any PortRelaying)?
    var sockets: (any SocketObservation)?
    var relays = RelayState()
    /// Asked for newer images; nil when nobody asks.
    var registry: (any ImageRegistry)?
    /// Asked for signatures of images; nil when nobody looks for them.
    var signatureSource: (any SignatureSource)?
    var signatures = SignatureBook()
    weak var jobs: JobKeeper?
    /// Changes on their way to the writer.
    var pendingChanges: [StateChange] = []
    var isHandingOver = false
    var timer: (due: TimeSpan, task: Task<Void, Never>)?
    private let wakes: AsyncStream<Void>
    let waker: AsyncStream<Void>.Continuation
    private(set) var isLoaded = false

    public init(
        engine: any ContainerEngine,
        store: any StateStore,
        prober: (any HealthProber)? = nil,
        system: (any SystemObservation)? = nil,
        clocks: Clocks = .system(),
        settings: SupervisorSettings = SupervisorSettings(),
        loopbackProber: (any LoopbackProber)? = nil,
        logger: Logger,
        onProgress: @escaping @Sendable () -> Void = {}
    ) {
        self.engine = engine
        self.store = store
        self.prober = prober
        self.system = system
        self.clocks = clocks
        self.settings = settings
        self.loopbackProber = loopbackProber
        self.logger = logger
        self.onProgress = onProgress
        writer = StateWriter(store: store)
        limit = AsyncLimit(settings.parallelism)
        (wakes, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Reads the state. Must have returned before anything is asked of the supervisor.
    public func load() async throws {
        guard !isLoaded else { return }
        let stored = try await store.load()
        log = EventLog(lastID: stored.lastEventID)
        lastDeploymentID = stored.lastDeploymentID
        damage = stored.damage
        mirror.overlays = Self.overlays(of: stored.containers)
        storedContainers = Set(stored.containers.map(\.id))
        clinic.issues = Dictionary(stored.issues.map { ($0.id, $0) }) { first, _ in first }
        for record in stored.signatures { signatures.put(record) }
        handRoutesByName = Dictionary(stored.routes.map { ($0.name, $0) }) { first, _ in first }
        for record in stored.stacks {
            let revision = stored.revisions.first { $0.stack == record.name && $0.number == record.revision }
            guard let revision else { continue }
            var state = StackState(record: record, revision: revision)
            takeUpHealing(stored.healing.filter { $0.stack == record.name }, in: &state)
            state.deployment = stored.openDeployments.last { $0.stack == record.name }
            for check in stored.imageChecks where check.stack == record.name {
                state.imageChecks[check.service] = check
            }
            for rollout in stored.rollouts where rollout.stack == record.name {
                state.rollouts[rollout.service] = rollout
            }
            stacks[record.name] = state
        }
        unreadable = stored.unreadable
        // Only after damage: a daemon with a new state directory beside another one must not take its stacks.
        needsRebuild = stored.damage != nil
        isLoaded = true
        if let damage {
            record(
                .error,
                "state.damaged",
                "the state database was damaged and put aside; what is known comes from the engine",
                detail: "\(damage.reason); the damaged file is \(damage.path)"
            )
        }
        for (name, reason) in unreadable.sorted(by: { $0.key < $1.key }) {
            record(
                .error,
                "state.unreadable",
                "'\(name)' is not looked after, its containers are left as they are: \(reason)",
                stack: name,
                detail: StackFacts.unreadableRemedy
            )
        }
        for fault in stored.faults {
            record(.error, "state.record_unreadable", "a record of the state is left out: \(fault)")
        }
        record(.info, "daemon.started", "homied started with \(stacks.count) stacks")
    }

    /// What the engine shows is to be taken for the wanted state, because the state was lost.
    var needsRebuild = false

    /// Works until the task is cancelled. Containers are left as they are.
    public func run() async throws {
        try await load()
        await recallRelays()
        // What is still under way after the end leaves the host's ports alone.
        defer { relaying = nil }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.writer.run() }
            group.addTask { await self.followEngine() }
            group.addTask { await self.loop() }
            group.addTask { await self.resyncNowAndThen() }
            group.addTask { await self.pruneNowAndThen() }
            group.addTask { await self.followGateway() }
            group.addTask { await self.measureCanaries() }
            group.addTask { await self.watchImages() }
            group.addTask { await self.lookAtLockFiles() }
            group.addTask { await self.examineNowAndThen() }
            group.addTask { await self.keepCertificatesNowAndThen() }
            await group.next()
            group.cancelAll()
        }
        log.finish()
        routeFeed.finish()
        timer?.task.cancel()
    }

    /// Reconciles whatever changed, and beats for the watchdog at least every few seconds.
    private func loop() async {
        wake(after: Self.heartbeat)
        for await _ in wakes {
            onProgress()
            clockTrust.note(clocks)
            let names = dirty
            dirty = []
            if isSynced {
                for name in names.sorted() where !isPostponed(name) { reconcile(name) }
                publishRoutes()
                followRelays()
                reviewSoon(names)
            } else {
                dirty = names
            }
            wake(after: Self.heartbeat)
        }
    }

    private static let heartbeat = TimeSpan.seconds(5)
    static let breath = TimeSpan.milliseconds(100)

    /// While more is being done than the engine is asked at a time, every single end of it is no reason to plan anew: what
    /// comes next waits for its turn already, and planning would take the time that the engine needs.
    func isPostponed(_ name: StackName) -> Bool {
        guard let state = stacks[name], state.history.busy.count > settings.parallelism, let last = state.reconciledAt
        else {
            return false
        }
        let due = TimeSpan(nanoseconds: last.nanoseconds + Self.breath.nanoseconds)
        guard clocks.uptime() < due else { return false }
        wake(at: due, dirtying: name)
        return true
    }

    func markDirty(_ name: StackName) {
        dirty.insert(name)
        waker.yield()
    }

    func markAllDirty() {
        dirty.formUnion(stacks.keys)
        waker.yield()
    }

    private func wake(after span: TimeSpan) {
        wake(at: TimeSpan(nanoseconds: clocks.uptime().nanoseconds + span.nanoseconds), dirtying: nil)
    }

    /// Wakes the loop at an uptime, unless it wakes sooner anyhow.
    func wake(at due: TimeSpan, dirtying name: StackName?) {
        if let name { wakeUps[name] = due }
        let next = wakeUps.values.min().map { min($0, due) } ?? due
        if let timer, timer.due <= next { return }
        timer?.task.cancel()
        let wait = max(0, next.nanoseconds - clocks.uptime().nanoseconds)
        timer = (
            next,
            Task {
                do { try await Task.sleep(for: .nanoseconds(wait)) } catch { return }
                self.timerFired()
            }
        )
    }

    private var wakeUps: [StackName: TimeSpan] = [:]

    private func timerFired() {
        timer = nil
        let now = clocks.uptime()
        for (name, due) in wakeUps where due <= now {
            wakeUps[name] = nil
            dirty.insert(name)
        }
        if let next = wakeUps.values.min() { wake(at: next, dirtying: nil) }
        waker.yield()
    }

    private func resyncNowAndThen() async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: settings.resyncInterval.duration) } catch { return }
            await resync()
        }
    }

    private func pruneNowAndThen() async {
        while !Task.isCancelled {
            do {
                try await Task.sleep(for: .seconds(600))
                await dropOld()
                try await Task.sleep(for: .seconds(3000))
            } catch {
                return
            }
        }
    }

    /// Drops what retention lets go, by its age only where the clock can be trusted.
    func dropOld() async {
        do {
            let count = try await store.prune(now: clockTrust.now(clocks))
            if count > 0 { logger.debug("old records dropped", metadata: ["count": "\(count)"]) }
        } catch {
            logger.warning("old records could not be dropped", metadata: ["error": "\(error)"])
        }
    }

    /// Labels laid over containers whose stored labels say more than the engine's can: those that were taken over, and
    /// those whose hooks are due.
    private static func overlays(of containers: [ObservedContainer]) -> [String: [String: String]] {
        var overlays: [String: [String: String]] = [:]
        for container in containers where container.labels[ContainerLabels.adopted] != nil {
            overlays[container.id] = container.labels.filter { $0.key.hasPrefix("io.homie.") }
        }
        for container in containers where container.owesHooks {
            overlays[container.id, default: [:]][ContainerLabels.owesHooks] = "true"
        }
        return overlays
    }
}
