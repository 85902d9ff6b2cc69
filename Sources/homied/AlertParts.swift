import FoundationEssentials
import Glibc
import HomieModel
import HomieNotify
import HomieStore
import HomieSupervisor
import Logging
import ServiceLifecycle

/// What watches for alerts and takes incoming webhooks, put together.
struct AlertParts {
    let watch: AlertWatch
    let desk: HookDesk

    init(
        _ store: SQLiteStateStore,
        _ supervisor: Supervisor,
        _ recorder: MeasurementRecorder?,
        _ jobs: any HookedJobs,
        _ clocks: Clocks,
        _ logger: Logger
    ) {
        let watch = AlertWatch(
            store: store,
            world: supervisor,
            measurements: recorder,
            sender: NotificationSender(device: HostName.short, release: HomieRelease.version, now: clocks.wall),
            clocks: clocks,
            offset: LocalTime.offset,
            logger: logger
        )
        self.watch = watch
        desk = HookDesk(
            store: store,
            hooks: { await watch.settings().hooks },
            control: supervisor,
            jobs: jobs,
            clocks: clocks,
            note: { await supervisor.note($0, of: $1) }
        )
    }
}

/// Watches for alerts and tells of them.
struct AlertService: Service {
    let watch: AlertWatch

    func run() async throws { try await cancelWhenGracefulShutdown { try await watch.run() } }
}

/// The device's time zone.
enum LocalTime {
    /// What local time is ahead of UTC at a time.
    @Sendable static func offset(_ time: Timestamp) -> TimeSpan {
        var second = time_t(time.nanoseconds / 1_000_000_000)
        var local = tm()
        guard localtime_r(&second, &local) != nil else { return .seconds(0) }
        return .seconds(Double(local.tm_gmtoff))
    }
}

/// The files that a process may have open.
enum FileLimit {
    /// As many as the system allows: control groups of many containers are kept open.
    static func raise() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < limit.rlim_max
        else {
            return
        }
        limit.rlim_cur = min(limit.rlim_max, 65_536)
        // Where that is refused, fewer files stay open, and nothing is lost but time.
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
