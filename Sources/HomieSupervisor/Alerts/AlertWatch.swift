import CoreMetrics
import Crypto
public import HomieModel
public import HomiePlanning
public import Logging

/// Looks every ten seconds, and soon after anything happened; writes down what the planner decides, deliveries included, in
/// one transaction, and wakes the courier.
public actor AlertWatch {
    let store: any AlertStore & DeliveryStore & HookStore
    let world: any AlertWorld
    let measurements: (any MeasurementInspection)?
    let sender: any AlertSender
    /// Brings out what the plans tell.
    public let courier: AlertCourier
    let clocks: Clocks
    let logger: Logger
    /// What local time is ahead of UTC.
    let offset: @Sendable (Timestamp) -> TimeSpan
    let policy: AlertPolicy
    /// Changes of the settings go one after another.
    let mutations = AsyncLimit(1)
    var current = AlertSettings()
    var book = AlertBook()
    private var isLoaded = false
    /// The uptime since which there may be measurements.
    private var startedAt = TimeSpan.seconds(0)
    private var isFailing = false
    private var clockTrust = ClockTrust()
    private let wakes: AsyncStream<Void>
    let waker: AsyncStream<Void>.Continuation

    public init(
        store: any AlertStore & DeliveryStore & HookStore,
        world: any AlertWorld,
        measurements: (any MeasurementInspection)?,
        sender: any AlertSender,
        clocks: Clocks = .system(),
        offset: @escaping @Sendable (Timestamp) -> TimeSpan = { _ in .seconds(0) },
        policy: AlertPolicy = AlertPolicy(),
        logger: Logger
    ) {
        self.store = store
        self.world = world
        self.measurements = measurements
        self.sender = sender
        self.clocks = clocks
        self.offset = offset
        self.policy = policy
        self.logger = logger
        courier = AlertCourier(store: store, sender: sender, clocks: clocks, logger: logger)
        (wakes, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Reads what is remembered; must have returned before anything is asked.
    public func load() async throws {
        guard !isLoaded else { return }
        startedAt = clocks.uptime()
        let stored = try await store.loadAlerts()
        current = stored.settings
        book = AlertBook(alerts: stored.alerts, groups: stored.groups, lastEventID: stored.lastEventID)
        book.noteStart(now: clocks.wall())
        isLoaded = true
        if current.unreadable > 0 {
            logger.error(
                "some settings of alerts are of a newer release and not used",
                metadata: ["count": "\(current.unreadable)"]
            )
        }
        await courier.use(current.routes) { [store] route in try await store.kept(Self.secretName(route)) }
    }

    static func secretName(_ route: AlertName) -> String { "alert-route/\(route)" }

    /// Watches until the task is cancelled.
    public func run() async throws {
        try await load()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.courier.run() }
            group.addTask { await self.followEvents() }
            group.addTask { await self.tick() }
            group.addTask { await self.lookForEver() }
            await group.next()
            group.cancelAll()
        }
    }

    private func tick() async {
        var looks = 0
        while !Task.isCancelled {
            // The start has better things to do.
            do { try await Task.sleep(for: .seconds(10)) } catch { return }
            waker.yield()
            // Every hour, and soon after the start.
            if looks % 360 == 6 { await prune() }
            looks += 1
        }
    }

    /// Drops what retention lets go, by its age only where the clock can be trusted.
    func prune() async {
        do {
            try await store.pruneAlerts(now: clockTrust.now(clocks))
        } catch {
            logger.warning("old alerts and deliveries could not be dropped", metadata: ["error": "\(error)"])
        }
    }

    private func followEvents() async {
        for await event in await world.eventStream() where !event.kind.hasPrefix("alert.") { waker.yield() }
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
    }

    private func lookForEver() async {
        for await _ in wakes {
            await look()
            // What comes in a burst is looked at together.
            do { try await Task.sleep(for: .seconds(2)) } catch { return }
        }
    }

    /// One look, now.
    public func look() async {
        clockTrust.note(clocks)
        let facts = await facts()
        let now = clocks.wall()
        let planner = AlertPlanner(
            rules: rules(),
            silences: current.silences,
            windows: current.windows,
            policy: policy,
            offset: offset(now)
        )
        let plan = planner.plan(book, facts, now: now)
        if !plan.isEmpty || plan.book.lastEventID >= book.lastEventID + 100 {
            do {
                try await store.commit(plan, deliveries: deliveries(of: plan, now: now))
                isFailing = false
            } catch {
                // Nothing was decided, then: the next look decides anew.
                if !isFailing { logger.warning("alerts cannot be stored", metadata: ["error": "\(error)"]) }
                isFailing = true
                return
            }
        }
        book = plan.book
        for state in [Alert.State.pending, .firing] {
            Meter(label: "homie_alerts", dimensions: [("state", state.rawValue)])
                .set(book.alerts.values.count { $0.state == state })
        }
        for alert in plan.changed where alert.state != .pending { await world.note(alert) }
        if !plan.notifications.isEmpty { await courier.wake() }
    }

    private func facts() async -> AlertFacts {
        var facts = AlertFacts(services: await world.services(), dependencies: await world.dependencies())
        do {
            facts.events = try await world.events(after: book.lastEventID, limit: 1000)
        } catch {
            logger.debug("events cannot be read", metadata: ["error": "\(error)"])
        }
        facts.issues = await world.toldIssues()
        guard let measurements else { return facts }
        let seen = clocks.uptime().nanoseconds - startedAt.nanoseconds
        for rule in rules() where rule.isOn {
            guard case .metric(let condition) = rule.condition else { continue }
            if seen < condition.over.span.nanoseconds + Self.firstLooks.nanoseconds { facts.partial.insert(rule.name) }
            facts.values[rule.name] = await measurements.values(
                of: condition.series,
                condition.function,
                over: condition.over.span
            )
        }
        return facts
    }

    /// After this two looks have been taken at everything, as a rate needs them.
    private static let firstLooks = TimeSpan.seconds(3 * Double(Resolution.raw.step))

    public func rules() -> [AlertRule] {
        let own = Set(current.rules.map(\.name))
        return (AlertRule.standard.filter { !own.contains($0.name) } + current.rules).sorted { $0.name < $1.name }
    }

    private func deliveries(of plan: AlertPlan, now: Timestamp) -> [(Delivery, AlertNotification)] {
        plan.notifications.flatMap { told in
            current.routes.filter { $0.wants(told) }.map { route in
                // Of what is told, not of when or how often it was planned: planning it twice makes no second delivery.
                let digest = SHA256.hash(
                    data: Array("\(route.name) \(told.group) \(told.openedAt.nanoseconds) \(told.sequence)".utf8)
                )
                let id = "msg_" + digest.prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
                return (Delivery(id: id, route: route.name, title: told.title, createdAt: now), told)
            }
        }
    }
}
