import HomieModel
import HomieSupervisor

/// The rows of a ``MemoryStateStore``.
struct MemoryTables {
    struct RevisionKey: Hashable {
        var stack: StackName
        var number: Int
    }

    var stacks: [StackName: StackRecord] = [:]
    var revisions: [RevisionKey: RevisionRecord] = [:]
    var deployments: [Int64: DeploymentRecord] = [:]
    var events: [Int64: EventRecord] = [:]
    var containers: [String: ObservedContainer] = [:]
    var health: [HealthRecord] = []
    var rollouts: [String: RolloutRecord] = [:]
    var imageChecks: [String: ImageCheck] = [:]
    var signatures: [String: ImageSignature] = [:]
    var healing: [HealingRecord] = []
    /// The open ones.
    var issues: [String: DeviceIssue] = [:]
    var routes: [RouteName: HandRoute] = [:]
    var lastEventID: Int64 = 0
    var lastDeploymentID: Int64 = 0

    mutating func apply(_ change: StateChange) throws {
        switch change {
        case .putStack(let stack): stacks[stack.name] = stack
        case .removeStack(let name):
            stacks[name] = nil
            revisions = revisions.filter { $0.key.stack != name }
            rollouts = rollouts.filter { $0.value.stack != name }
            imageChecks = imageChecks.filter { $0.value.stack != name }
        case .putRevision(let revision):
            guard revision.number >= 1 else { throw StateStoreViolation.numberBelowOne }
            revisions[RevisionKey(stack: revision.stack, number: revision.number)] = revision
        case .putDeployment(let deployment):
            guard deployment.id >= 1 else { throw StateStoreViolation.numberBelowOne }
            deployments[deployment.id] = deployment
            lastDeploymentID = max(lastDeploymentID, deployment.id)
        case .appendEvent(let event):
            guard event.id >= 1 else { throw StateStoreViolation.numberBelowOne }
            guard events[event.id] == nil else { throw StateStoreViolation.eventExists(event.id) }
            events[event.id] = event
            lastEventID = max(lastEventID, event.id)
        case .putContainer(let container): containers[container.id] = container
        case .removeContainer(let id): containers[id] = nil
        case .appendHealth(let record): health.append(record)
        case .putImageCheck(let check): imageChecks["\(check.stack)/\(check.service)"] = check
        case .putRollout(let record): rollouts["\(record.stack)/\(record.service)"] = record
        case .keepServices(let name, let services):
            rollouts = rollouts.filter { $0.value.stack != name || services.contains($0.value.service) }
            imageChecks = imageChecks.filter { $0.value.stack != name || services.contains($0.value.service) }
        case .putSignature(let record): signatures["\(record.image) \(record.keys)"] = record
        case .putHealing(let record):
            healing.removeAll { $0.stack == record.stack && $0.instance == record.instance }
            healing.append(record)
        case .putIssue(let issue): issues[issue.id] = issue
        case .closeIssue(let id, _): issues[id] = nil
        case .putRoute(let route): routes[route.name] = route
        case .removeRoute(let name): routes[name] = nil
        case .removeHealing(let stack, let instance):
            healing.removeAll { $0.stack == stack && (instance == nil || $0.instance == instance) }
        }
    }

    /// - Throws: ``StateStoreViolation`` when a reference leads nowhere.
    func check() throws {
        for stack in stacks.values.sorted(by: { $0.name < $1.name }) {
            for number in [stack.revision, stack.lastGoodRevision].compactMap(\.self)
            where revisions[RevisionKey(stack: stack.name, number: number)] == nil {
                throw StateStoreViolation.noRevision(stack.name, number)
            }
        }
        for record in rollouts.values where stacks[record.stack] == nil {
            throw StateStoreViolation.noStack(record.stack)
        }
        for key in revisions.keys where stacks[key.stack] == nil { throw StateStoreViolation.noStack(key.stack) }
    }

    func stored(damage: StoreDamage?) -> StoredState {
        let wanted = revisions.values.filter { revision in
            guard let stack = stacks[revision.stack] else { return false }
            return revision.number == stack.revision || revision.number == stack.lastGoodRevision
        }
        return StoredState(
            stacks: stacks.values.sorted { $0.name < $1.name },
            revisions: wanted.sorted { ($0.stack, $0.number) < ($1.stack, $1.number) },
            openDeployments: deployments.values.filter { !$0.state.isFinal }.sorted { $0.id < $1.id },
            containers: containers.values.sorted { $0.id < $1.id },
            rollouts: rollouts.values.sorted { ($0.stack, $0.service) < ($1.stack, $1.service) },
            imageChecks: imageChecks.values.sorted { ($0.stack, $0.service) < ($1.stack, $1.service) },
            signatures: signatures.values.sorted { ($0.image, $0.keys) < ($1.image, $1.keys) },
            healing: healing.sorted { ($0.stack.text, $0.instance) < ($1.stack.text, $1.instance) },
            issues: issues.values.sorted { $0.id < $1.id },
            routes: routes.values.sorted { $0.name < $1.name },
            lastEventID: lastEventID,
            lastDeploymentID: lastDeploymentID,
            damage: damage
        )
    }

    mutating func prune(now: Timestamp?, limits: RetentionLimits) -> Int {
        let before = events.count + deployments.count + health.count + revisions.count
        let keptEvents = Set(events.keys.sorted().suffix(limits.events.count))
        let newestEvent = events.keys.max()
        func horizon(_ limit: RetentionLimits.Limit) -> Int64 {
            now.map { $0.nanoseconds - limit.age.nanoseconds } ?? .min
        }
        let eventHorizon = horizon(limits.events)
        events = events.filter { id, event in
            id == newestEvent || (keptEvents.contains(id) && event.at.nanoseconds >= eventHorizon)
        }
        let keptDeployments = Set(deployments.keys.sorted().suffix(limits.deployments.count))
        let newestDeployment = deployments.keys.max()
        let deploymentHorizon = horizon(limits.deployments)
        deployments = deployments.filter { id, deployment in
            id == newestDeployment || !deployment.state.isFinal
                || (keptDeployments.contains(id) && deployment.startedAt.nanoseconds >= deploymentHorizon)
        }
        let healthHorizon = horizon(limits.health)
        health = health.suffix(max(0, limits.health.count)).filter { $0.at.nanoseconds >= healthHorizon }
        for stack in stacks.values {
            let numbers = revisions.keys.filter { $0.stack == stack.name }.map(\.number).sorted()
            let kept = Set(numbers.suffix(limits.revisionsPerStack) + [stack.revision, stack.lastGoodRevision ?? 0])
            revisions = revisions.filter { $0.key.stack != stack.name || kept.contains($0.key.number) }
        }
        return before - events.count - deployments.count - health.count - revisions.count
    }
}
