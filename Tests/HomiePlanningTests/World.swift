import HomieModel
import HomiePlanning

/// A tiny engine without time of its own: takes the steps of plans, and breaks what it can on the way.
struct World {
    var containers: [String: ObservedContainer] = [:]
    var history = StackHistory()
    var wanted: WantedStack
    var now = TimeSpan.seconds(1)
    var random: SeededGenerator
    var violations: [String] = []
    private var number = 0

    init(wanted: WantedStack, seed: UInt64) {
        self.wanted = wanted
        random = SeededGenerator(seed: seed)
    }

    var stamp: Timestamp { Timestamp(nanoseconds: 1_700_000_000_000_000_000 + now.nanoseconds) }

    /// One look, and the steps it asks for; with `breaks`, each step may fail or be the last before a kill.
    mutating func turn(breaks: Bool) -> StackPlan {
        now = TimeSpan(nanoseconds: now.nanoseconds + 50_000_000)
        absorb()
        let plan = StackReconciler.plan(wanted, observed: Array(containers.values), history: history, now: now)
        for chain in plan.chains.shuffled(using: &random) {
            if breaks && random.chance(10) { continue }
            if case .instance(let instance) = chain.key, chain.isRestart {
                history.instances[instance, default: InstanceHistory()].noteRestart()
            }
            take(chain, breaks: breaks)
        }
        if breaks && random.chance(5) {
            // The daemon is killed: everything in memory is gone.
            history = StackHistory()
        }
        if plan.chains.isEmpty, let wake = plan.nextWake { now = max(now, wake) }
        return plan
    }

    private mutating func absorb() {
        for instance in Set(containers.values.compactMap { c in c.service.map { Instance($0, c.index) } }) {
            let isRunning = containers.values.contains {
                $0.service == instance.service && $0.index == instance.index && $0.state == .running
            }
            if isRunning {
                history.instances[instance, default: InstanceHistory()].noteRunning(now: now)
            } else if history.instances[instance]?.runningSince != nil {
                history.instances[instance]?.noteEnded(now: now)
            }
        }
    }

    private mutating func take(_ chain: Chain, breaks: Bool) {
        var created: String?
        for step in chain.steps {
            now = TimeSpan(nanoseconds: now.nanoseconds + 1_000_000)
            if breaks && random.chance(8) {
                history.noteFailure(of: chain.key, reason: "broken", isPermanent: false, now: now)
                return
            }
            if let violation = take(step, created: &created) {
                violations.append(violation)
                history.noteFailure(of: chain.key, reason: violation, isPermanent: false, now: now)
                return
            }
        }
        history.noteSuccess(of: chain.key)
        if chain.key == .resources { history.resourcesReady = true }
    }

    private mutating func take(_ step: Step, created: inout String?) -> String? {
        switch step {
        case .resolveImage(let name):
            wanted.services[name]?.imageID = "sha256:x"
            wanted.services[name]?.specDigest = "digest"
        case .ensureNetwork, .ensureVolume, .removeNetwork, .removeVolume: break
        case .create(let creation):
            if containers.values.contains(where: { $0.name == creation.name }) { return "name \(creation.name) taken" }
            created = create(creation)
        case .start(let reference): return start(id(reference, created))
        case .stop(let id), .giveWay(let id): containers[id]?.state = .exited
        case .remove(let id):
            guard let container = containers[id] else { return nil }
            if container.state == .running { return "removed while running" }
            if container.labels["stranger"] != nil && !wanted.removesOrphans { return "removed a stranger" }
            containers[id] = nil
        case .rename(let reference, let name):
            if containers.values.contains(where: { $0.name == name }) { return "name \(name) taken" }
            let target = id(reference, created)
            containers[target]?.name = name
        case .limitMemory: break
        case .runHooks(let reference):
            let id = id(reference, created)
            if containers[id]?.state != .running { return "hooks of what does not run" }
            containers[id]?.labels[ContainerLabels.owesHooks] = nil
        case .unpause(let id): containers[id]?.state = .running
        }
        return nil
    }

    private func id(_ reference: ContainerReference, _ created: String?) -> String {
        switch reference {
        case .existing(let id): id
        case .created: created ?? ""
        }
    }

    private mutating func create(_ creation: Creation) -> String {
        number += 1
        let digits = String(1000 + number)
        let id = digits + String(repeating: "0", count: 64 - digits.count)
        let service = wanted.services[creation.instance.service]
        var labels = [
            ContainerLabels.project: wanted.name.text, ContainerLabels.service: creation.instance.service.text,
            ContainerLabels.number: String(creation.instance.index),
            ContainerLabels.specDigest: service?.specDigest ?? "",
        ]
        if !creation.namespaces.isEmpty {
            labels[ContainerLabels.namespaces] =
                creation.namespaces.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: ",")
        }
        let parent = service?.definition.networkMode?.sharedService.flatMap { creation.namespaces[$0] }
        containers[id] = ObservedContainer(
            id: id,
            name: creation.name,
            imageID: "sha256:x",
            labels: labels,
            state: .created,
            createdAt: stamp,
            networkParent: parent
        )
        return id
    }

    private mutating func start(_ id: String) -> String? {
        guard let container = containers[id], let name = container.service else { return "started what is not there" }
        let twin = containers.values.contains {
            $0.id != id && $0.service == name && $0.index == container.index && $0.state == .running
        }
        if twin { return "two of \(name) run" }
        if let parent = container.networkParent, containers[parent]?.state != .running {
            return "\(name) joined a namespace that does not run"
        }
        if container.startedAt == nil, let missing = missingDependency(of: name) {
            return "\(name) started before \(missing)"
        }
        containers[id]?.state = .running
        let startedAt = stamp
        containers[id]?.startedAt = startedAt
        let isChecked = wanted.services[name]?.hasHealthcheck ?? false
        containers[id]?.health = isChecked ? .starting : .none
        if wanted.services[name]?.definition.postStart != nil {
            containers[id]?.labels[ContainerLabels.owesHooks] = "true"
        }
        history.revived.remove(Instance(name, container.index))
        if let parent = container.networkParent {
            history.joined[id] = [parent: containers[parent]?.startedAt ?? startedAt]
        }
        return nil
    }

    private func missingDependency(of name: ServiceName) -> ServiceName? {
        for (dependency, how) in wanted.services[name]?.definition.dependsOn ?? [:] {
            let found = containers.values.filter { $0.service == dependency }
            let isMet =
                switch how.condition {
                case .started: found.contains { $0.startedAt != nil && !($0.state == .running && owesHooks($0)) }
                case .healthy: found.contains { $0.state == .running && $0.health == .healthy && !owesHooks($0) }
                case .completedSuccessfully: found.contains { $0.state == .exited && $0.exitCode == 0 }
                }
            if !isMet { return dependency }
        }
        return nil
    }

    /// What a definition no longer asks for is not owed.
    private func owesHooks(_ container: ObservedContainer) -> Bool {
        guard container.owesHooks, let name = container.service else { return false }
        return wanted.services[name]?.definition.postStart != nil
    }

    /// Health checks pass, jobs complete.
    mutating func live() {
        for container in containers.values where container.state == .running {
            if container.health == .starting { containers[container.id]?.health = .healthy }
            if let name = container.service, name.text.hasPrefix("job") {
                containers[container.id]?.state = .exited
                containers[container.id]?.exitCode = 0
            }
        }
    }

    /// Something goes wrong with some container.
    mutating func disturb() {
        guard let id = containers.keys.sorted().randomElement(using: &random), containers[id]?.labels["stranger"] == nil
        else { return }
        switch Int.random(in: 0..<6, using: &random) {
        case 0: if containers[id]?.state == .running { containers[id]?.state = .exited; containers[id]?.exitCode = 1 }
        case 1: containers[id] = nil
        case 2: if containers[id]?.state == .running { containers[id]?.state = .paused }
        case 3: containers[id]?.name = "stray\(number)"; number += 1
        case 4: if containers[id]?.state == .running { containers[id]?.health = .unhealthy }
        default: containers[id]?.state = .dead
        }
    }
}

extension World {
    static let shop = stackName("shop")
    static let web = serviceName("web")

    static func stackName(_ text: String) -> StackName {
        do { return try StackName(parsing: text) } catch { preconditionFailure("\(error)") }
    }

    static func serviceName(_ text: String) -> ServiceName {
        do { return try ServiceName(parsing: text) } catch { preconditionFailure("\(error)") }
    }
}
