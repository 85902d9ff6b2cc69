import HomieModel
import HomiePlanning

/// An engine and a gateway without time of their own, around a service that goes from version to version. It breaks what it
/// can on the way, and notes what must never happen.
struct RolloutWorld {
    /// How a version behaves.
    enum Quality: String, CaseIterable {
        case good, endsAtStart, firstEndsAtStart, neverReady, endsWhenServing, failsRequests, isSlow

        var isBad: Bool { self != .good }
        /// A canary alone finds these.
        var needsJudging: Bool { self == .failsRequests || self == .isSlow }
    }

    struct Served {
        var weight = 0
        var isTrial = false
        var isDraining = false
        var isProven = false
        var connections = 0
    }

    static let service = World.web
    let replicas: Int
    let choice: UpdateChoice
    var qualities: [String: Quality]
    var digest: String
    var revision = 1
    var goodRevision: Int? = 1
    var isRollback = false
    var lock: String?
    var containers: [String: ObservedContainer] = [:]
    var gateway: [String: Served] = [:]
    var isGatewayUp = true
    /// It is reached through the gateway; otherwise at a port that it publishes.
    let isRouted: Bool
    /// What the packet filter leads new connections to the port to: survives every kill.
    var relay: String?
    /// The connections that came by the port, by container.
    var callers: [String: Int] = [:]
    var history = StackHistory()
    var record: RolloutRecord?
    /// What a kill finds on disk may be one change behind.
    var written: RolloutRecord?
    var shares: [String: RolloutPlan.Share] = [:]
    var now = TimeSpan.seconds(1000)
    var random: SeededGenerator
    var violations: [String] = []
    var lastPlan = StackPlan()
    private var number = 0
    private var windows: (since: Timestamp, new: Int, old: Int)?

    /// By how much somebody set the clock.
    var jump = TimeSpan.seconds(0)
    var stamp: Timestamp { Timestamp(nanoseconds: 1_700_000_000_000_000_000 + now.nanoseconds + jump.nanoseconds) }

    init(replicas: Int, choice: UpdateChoice, seed: UInt64) {
        isRouted = !choice.bridges
        self.replicas = replicas
        self.choice = choice
        digest = "v1"
        qualities = ["v1": .good]
        random = SeededGenerator(seed: seed)
        history.resourcesReady = true
        for index in 1...replicas {
            let id = make(Instance(Self.service, index), named: "shop-web-\(index)", digest: "v1")
            containers[id]?.state = .running
            let start = stamp
            containers[id]?.startedAt = start
            containers[id]?.health = .none
            let bindings = bindings(of: id)
            containers[id]?.bindings = bindings
            if isRouted { gateway[id] = Served(weight: 100, isProven: true) }
        }
        now = .seconds(2000)
    }

    var wanted: WantedStack {
        var definition = ServiceDefinition()
        definition.replicas = replicas
        definition.restart = .always
        if !isRouted { definition.ports = [PortMapping(target: 80, published: "8080")] }
        return WantedStack(
            name: World.shop,
            revision: revision,
            services: [
                Self.service: WantedService(definition: definition, imageID: "sha256:x", specDigest: digest)
            ]
        )
    }

    mutating func make(
        _ instance: Instance,
        named name: String,
        digest: String,
        isStandIn: Bool = false
    ) -> String {
        number += 1
        let digits = String(1000 + number)
        let id = digits + String(repeating: "0", count: 64 - digits.count)
        containers[id] = ObservedContainer(
            id: id,
            name: name,
            imageID: "sha256:x",
            labels: [
                ContainerLabels.project: "shop", ContainerLabels.service: instance.service.text,
                ContainerLabels.number: String(instance.index), ContainerLabels.specDigest: digest,
            ],
            state: .created,
            createdAt: stamp
        )
        if isStandIn { containers[id]?.labels[ContainerLabels.standIn] = "true" }
        return id
    }

    private func bindings(of id: String) -> [ObservedBinding] {
        guard !isRouted, let container = containers[id] else { return [] }
        let port: UInt16 = container.isStandIn ? 40_000 + (UInt16(id.prefix(4)) ?? 0) : 8080
        return [ObservedBinding(hostAddress: "0.0.0.0", hostPort: port, target: 80, transport: "tcp")]
    }

    func quality(_ id: String) -> Quality {
        let quality = containers[id]?.specDigest.flatMap { qualities[$0] } ?? .good
        guard quality == .firstEndsAtStart else { return quality }
        return containers[id]?.labels[ContainerLabels.number] == "1" ? .endsAtStart : .good
    }

    /// Whether a container would answer.
    func isReady(_ id: String) -> Bool {
        guard let container = containers[id], container.state == .running, let since = container.startedAt else {
            return false
        }
        return quality(id) != .neverReady && stamp - since >= .milliseconds(300)
    }

    // MARK: one turn

    mutating func turn(breaks: Bool) {
        now = TimeSpan(nanoseconds: now.nanoseconds + Int64.random(in: 10_000_000...120_000_000, using: &random))
        live()
        if isGatewayUp { answer() }
        if !isRouted { call() }
        open()
        if returnIfFailed() { open() }
        history.noteRuns(Array(containers.values), now: now, wall: stamp)
        history.noteRollouts(record.map { [Self.service: $0] } ?? [:], now: now, wall: stamp)
        let plan = StackReconciler.plan(
            wanted,
            observed: Array(containers.values),
            history: history,
            rollouts: situations(),
            now: now
        )
        lastPlan = plan
        take(plan)
        if isGatewayUp { steer() }
        check()
        for chain in plan.chains.shuffled(using: &random) {
            if breaks && random.chance(15) { continue }
            run(chain, breaks: breaks)
            check()
        }
        if plan.chains.isEmpty, let wake = plan.nextWake, !breaks, isQuiet { now = max(now, next(wake)) }
    }

    private var isQuiet: Bool { gateway.values.allSatisfy { !$0.isTrial && !$0.isDraining } }

    /// The daemon is killed: what was in memory is gone, and the last change may not have reached the disk.
    mutating func kill() {
        record = random.chance(50) ? record : written
        written = record
        shares = [:]
        history = StackHistory()
        history.resourcesReady = true
        recallRelay()
    }

    private mutating func open() {
        let opened = RolloutOpening.record(
            for: Self.service,
            in: wanted,
            choice: choice,
            present: record,
            containers: Array(containers.values),
            forced: [],
            deployment: Int64(revision),
            fromRevision: goodRevision == revision ? nil : goodRevision,
            isRollback: isRollback,
            lock: lock,
            now: stamp
        )
        if let opened { put(opened) }
        history.kept = record.map { $0.state.isOpen ? [] : Set($0.kept) } ?? []
    }

    /// What the supervisor does: the good definition, as a revision of its own.
    private mutating func returnIfFailed() -> Bool {
        guard let record, record.state == .failed, !record.isRollback, record.settings.onFailure == .rollback,
            record.fromRevision != nil, record.digest == digest
        else { return false }
        digest = "v1"
        revision += 1
        isRollback = true
        return true
    }

    private mutating func put(_ new: RolloutRecord) {
        written = record
        record = new
    }

    private func situations() -> [ServiceName: RolloutSituation] {
        guard let record, record.digest == digest,
            record.state.isOpen || (record.state == .failed && !record.isRollback)
        else { return [:] }
        let view: [String: ReplicaTraffic]? =
            isGatewayUp && isRouted
            ? gateway.mapValues {
                ReplicaTraffic(
                    isProven: $0.isProven,
                    isOut: $0.isDraining || $0.weight == 0,
                    connections: $0.connections
                )
            } : nil
        return [
            Self.service: RolloutSituation(
                record: record,
                traffic: view,
                isSteered: isRouted,
                window: window(record),
                lock: lock,
                now: stamp
            )
        ]
    }

    private mutating func take(_ plan: StackPlan) {
        if let rollout = plan.rollouts[Self.service] {
            shares = rollout.shares
            if rollout.record != record { put(rollout.record) }
            history.noteRollouts([Self.service: rollout.record], now: now, wall: stamp)
        } else {
            shares = [:]
        }
        for (id, share) in shares where share == .draining && history.draining[id] == nil { history.draining[id] = now }
        history.draining = history.draining.filter { shares[$0.key] == .draining }
    }

    // MARK: the gateway

    /// HAProxy is told: as the route planner does, from shares and containers.
    private mutating func steer() {
        guard isRouted else { return lead() }
        let isLed = !shares.isEmpty
        for id in containers.keys.sorted() {
            guard containers[id]?.state == .running else {
                gateway[id] = nil
                continue
            }
            var served = gateway[id] ?? Served()
            switch shares[id] {
            case .trial?: (served.weight, served.isTrial, served.isDraining) = (0, true, false)
            case .weight(let weight)?: (served.weight, served.isTrial, served.isDraining) = (weight, false, false)
            case .draining?: (served.weight, served.isTrial, served.isDraining) = (0, false, true)
            case nil: (served.weight, served.isTrial, served.isDraining) = (isLed ? 0 : 100, isLed, false)
            }
            gateway[id] = served
        }
        gateway = gateway.filter { containers[$0.key] != nil }
    }

    private mutating func answer() {
        for id in gateway.keys.sorted() {
            if isReady(id) { gateway[id]?.isProven = true }
            if gateway[id]?.weight ?? 0 > 0 { gateway[id]?.connections = 3 }
            if gateway[id]?.isDraining == true, let count = gateway[id]?.connections {
                gateway[id]?.connections = random.chance(40) ? max(0, count - 1) : count
            }
        }
    }

    /// What must hold at every moment.
    private mutating func check() {
        guard isRouted else { return checkPort() }
        let serving = gateway.filter { $0.value.weight > 0 && containers[$0.key]?.state == .running }
        if serving.isEmpty { violations.append("nobody serves") }
        for (id, served) in gateway where served.weight > 0 && shares[id] != nil && !isReady(id) {
            if containers[id]?.state == .running, quality(id) == .neverReady {
                violations.append("\(id) serves unready")
            }
        }
    }

    // MARK: the engine

    private mutating func live() {
        for id in containers.keys.sorted() {
            guard let container = containers[id], container.state == .running, let since = container.startedAt else {
                continue
            }
            let age = stamp - since
            let hasEnded: Bool =
                switch quality(id) {
                case .endsAtStart, .firstEndsAtStart: age >= .milliseconds(100)
                case .endsWhenServing: gateway[id].map { $0.weight > 0 } ?? false
                case .good, .neverReady, .failsRequests, .isSlow: false
                }
            guard hasEnded else { continue }
            let end = stamp
            containers[id]?.state = .exited
            containers[id]?.exitCode = 1
            containers[id]?.finishedAt = end
        }
    }

    private mutating func run(_ chain: Chain, breaks: Bool) {
        var created: String?
        for step in chain.steps {
            now = TimeSpan(nanoseconds: now.nanoseconds + 2_000_000)
            if breaks && random.chance(6) {
                history.noteFailure(of: chain.key, reason: "broken", isPermanent: false, now: now)
                if history.failures[chain.key]?.count ?? 0 >= 2 { history.noteSuccess(of: chain.key) }
                return
            }
            guard perform(step, &created) else {
                violations.append("the port is taken")
                return
            }
        }
        history.noteSuccess(of: chain.key)
    }

    /// - Returns: false when the engine refuses.
    private mutating func perform(_ step: Step, _ created: inout String?) -> Bool {
        switch step {
        case .create(let creation):
            if containers.values.contains(where: { $0.name == creation.name }) {
                violations.append("the name \(creation.name) is taken")
                return true
            }
            created = make(
                creation.instance,
                named: creation.name,
                digest: digest,
                isStandIn: creation.isStandIn
            )
        case .start(let reference):
            let id = if case .existing(let id) = reference { id } else { created ?? "" }
            let hosts = containers.values.filter { $0.state == .running && !$0.isStandIn && $0.id != id }
            if !isRouted, containers[id]?.isStandIn == false, !hosts.isEmpty { return false }
            containers[id]?.state = .running
            let (stamp, bindings) = (stamp, bindings(of: id))
            containers[id]?.startedAt = stamp
            containers[id]?.bindings = bindings
            containers[id]?.exitCode = 0
        case .stop(let id), .giveWay(let id): stop(id)
        case .remove(let id):
            if containers[id]?.state == .running { violations.append("\(id) was removed while it ran") }
            containers[id] = nil
        case .rename(let reference, let name):
            if containers.values.contains(where: { $0.name == name }) { violations.append("the name \(name) is taken") }
            if case .existing(let id) = reference { containers[id]?.name = name }
        case .resolveImage, .ensureNetwork, .ensureVolume, .removeNetwork, .removeVolume, .unpause, .limitMemory,
            .runHooks:
            break
        }
        return true
    }

    private mutating func stop(_ id: String) {
        if !isRouted, containers[id]?.state == .running, id == owner || callers[id] ?? 0 > 0 {
            let isOverdue = history.draining[id].map {
                now.nanoseconds - $0.nanoseconds >= choice.settings.drain.nanoseconds
            }
            if id == owner || isOverdue != true { violations.append("\(id) was stopped while it answered at the port") }
        }
        if isGatewayUp, let served = gateway[id], served.weight > 0 || served.connections > 0 {
            let isOverdue = history.draining[id].map {
                now.nanoseconds - $0.nanoseconds >= choice.settings.drain.nanoseconds
            }
            if isOverdue != true { violations.append("\(id) was stopped while it served") }
        }
        containers[id]?.state = .exited
        let stamp = stamp
        containers[id]?.finishedAt = stamp
        gateway[id] = nil
    }
}
