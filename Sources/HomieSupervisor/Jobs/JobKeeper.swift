import FoundationEssentials
import HomieModel
import HomiePlanning
public import Logging

/// Keeps the jobs: asks the planner what is due, writes that down, and runs it.
///
/// The order is what makes a kill harmless. A run's state is written before anything is done for it; its container is made
/// and noted before it is started; its outcome and log are written in one transaction before the container is removed. So
/// whatever is found after a restart says how far it had come, and nothing is run twice.
public actor JobKeeper {
    let supervisor: Supervisor
    let engine: any ContainerEngine & JobExecution
    let store: any JobStore
    /// The compiled file of a zone of the IANA database; nil when there is none of that name.
    let zoneFile: @Sendable (String) -> [UInt8]?
    let headroom: (any HeadroomSource)?
    let clocks: Clocks
    let logger: Logger
    /// Tells this start of the device from others; nil when that is not known.
    let bootID: String?

    var ledger = JobLedger(identity: "")
    /// Jobs that were made through the API.
    var stored: [JobName: StoredJobDefinition] = [:]
    var totals: [JobName: [String: JobStatus.Total]] = [:]
    var last: [JobName: JobRunRecord] = [:]
    var book = JobBook()
    /// Why runs wait, by run.
    var waiting: [Int64: String] = [:]
    var nextRuns: [JobName: Timestamp] = [:]
    /// What the next write takes along.
    var pending = Pending()
    /// Writes go one after another, each with everything that is so by then.
    let commits = AsyncLimit(1)
    var hasWriteFailed = false
    var lastWrite = TimeSpan(nanoseconds: 0)
    var lastSweep: TimeSpan?

    var drives: [Int64: Task<Void, Never>] = [:]
    /// Uptimes before which a run is not stopped once more.
    var stops: [Int64: TimeSpan] = [:]
    var logs: [Int64: RunLog] = [:]
    var lastFollower = 0
    /// The event of a run's beginning: what its end is caused by.
    var beginnings: [Int64: Int64] = [:]
    /// Containers of attempts that are over.
    var removals: [String] = []
    var timer: Task<Void, Never>?
    private let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    struct Pending {
        var logs: [JobAttemptLog] = []
        var ended: [JobRunRecord] = []
        var put: [StoredJobDefinition] = []
        var removed: [JobName] = []

        var isEmpty: Bool { logs.isEmpty && ended.isEmpty && put.isEmpty && removed.isEmpty }
    }

    public init(
        supervisor: Supervisor,
        engine: any ContainerEngine & JobExecution,
        store: any JobStore,
        zoneFile: @escaping @Sendable (String) -> [UInt8]?,
        headroom: (any HeadroomSource)? = nil,
        clocks: Clocks,
        bootID: String? = nil,
        logger: Logger
    ) {
        self.supervisor = supervisor
        self.engine = engine
        self.store = store
        self.zoneFile = zoneFile
        self.headroom = headroom
        self.clocks = clocks
        self.bootID = bootID
        self.logger = logger
        (wakes, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    var now: JobMoment { JobMoment(wall: clocks.wall(), uptime: clocks.uptime()) }

    /// The random delays of this device.
    var seed: UInt64 { ledger.identity.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } }

    /// Reads the state. Must have returned before anything is asked of the keeper; the supervisor is loaded by then.
    public func load() async throws {
        let found = try await store.loadJobs()
        for definition in found.definitions { stored[definition.name] = definition }
        totals = found.totals
        last = found.last
        if let damage = found.damage {
            await supervisor.record(
                .error,
                "job.state_damaged",
                "the state of jobs could not be read and was put aside; runs that were open are forgotten",
                detail: damage
            )
        }
        for (name, reason) in found.unreadable.sorted(by: { $0.key < $1.key }) {
            await supervisor.record(
                .error,
                "job.unreadable",
                "the job '\(name)' does not run: \(reason)",
                stack: name.stack,
                detail: "it is kept as it is; put it back by making it again, or put the state's key back"
            )
        }
        if let known = found.ledger {
            ledger = known
            ledger.board.noteRestart(now: now)
            restoreElapsed()
        } else {
            ledger = JobLedger(identity: String(UUID().uuidString.filter { $0 != "-" }.lowercased().prefix(12)))
            ledger.lastEvent = await supervisor.lastEventID
            ledger.bootID = bootID
        }
        ledger.board.lastID = max(ledger.board.lastID, found.lastRun)
        await supervisor.attach(self)
    }

    /// What ran before the daemon's restart has used up some of its time; not so after a restart of the device.
    private func restoreElapsed() {
        guard ledger.bootID == bootID else { return }
        let now = now
        for index in ledger.board.runs.indices {
            let run = ledger.board.runs[index]
            guard case .running(let attempt, _) = run.state, let start = ledger.details[run.id]?.attemptStartedAt else {
                continue
            }
            let elapsed = max(0, (now.wall - start).nanoseconds)
            ledger.board.runs[index].state = .running(
                attempt: attempt,
                since: TimeSpan(nanoseconds: now.uptime.nanoseconds - elapsed)
            )
        }
    }

    /// Works until the task is cancelled. What runs goes on, and is found again.
    public func run() async {
        let events = await supervisor.eventStream()
        await refresh()
        await noteStart()
        for run in ledger.board.runs {
            guard case .running(let attempt, _) = run.state else { continue }
            drive(run.id, attempt: attempt, isRecovered: true)
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.loop() }
            group.addTask { await self.follow(events) }
            await group.next()
            group.cancelAll()
        }
        timer?.cancel()
        for drive in drives.values { drive.cancel() }
        for id in logs.keys { logs[id]?.finish() }
    }

    private func loop() async {
        wake()
        for await _ in wakes {
            if Task.isCancelled { return }
            await look()
        }
    }

    func wake() { waker.yield() }

    /// Looks again at these times at the latest; the wall clock may be set, so that it is asked now and then.
    func wake(wall: Timestamp?, uptime: TimeSpan?) {
        let now = now
        var wait = Self.heartbeat.nanoseconds
        if let wall { wait = min(wait, (wall - now.wall).nanoseconds) }
        if let uptime { wait = min(wait, uptime.nanoseconds - now.uptime.nanoseconds) }
        timer?.cancel()
        timer = Task {
            do { try await Task.sleep(for: .nanoseconds(max(wait, 1_000_000))) } catch { return }
            self.wake()
        }
    }

    private static let heartbeat = TimeSpan.seconds(30)
}
