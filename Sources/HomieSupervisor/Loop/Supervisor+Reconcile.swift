import HomieModel
import HomiePlanning
import Logging

extension Supervisor {
    /// One look at one stack: plan, begin what the plan says, judge the deployment.
    func reconcile(_ name: StackName) {
        guard var state = stacks[name] else { return }
        let now = clocks.uptime()
        let observed = mirror.containers(of: name)
        let troubles = state.history.healing
        state.history.absorb(observed, wanted: state.wanted, now: now, wall: clocks.wall())
        openRollouts(&state, observed)
        state.history.noteRollouts(state.rollouts, now: now, wall: clocks.wall())
        let plan = StackReconciler.plan(
            state.wanted,
            observed: observed,
            history: state.history,
            rollouts: situations(of: state, observed),
            now: now
        )
        let before = state.plan.dispositions
        state.reconciledAt = now
        let isFirstLook = !state.wasPlanned && !state.isDeploying
        state.wasPlanned = true
        state.plan = plan
        for chain in plan.chains {
            state.history.busy.insert(chain.key)
            guard chain.isRestart, case .instance(let instance) = chain.key else { continue }
            state.history.instances[instance, default: InstanceHistory()].noteRestart()
        }
        followRollouts(&state, plan, now: now)
        state.history.noteHealings(plan.healings, wanted: state.wanted, now: now)
        stacks[name] = state
        keepTroubles(of: name, since: troubles)
        // After a restart of the daemon, what is as it should be is no news.
        tell(
            name,
            before: isFirstLook
                ? before.merging(plan.dispositions.filter(\.value.isConverged)) { _, new in new } : before,
            after: plan.dispositions
        )
        heal(name, plan.healings)
        for chain in plan.chains {
            let task = Task { await self.trace(chain, of: name, generation: state.generation) }
            if case .image(let service) = chain.key { stacks[name]?.fetches[service] = task }
        }
        probe(name)
        check(name)
        if let due = plan.nextWake { wake(at: due, dirtying: name) }
        judge(name, plan)
        returnIfFailed(name)
    }

    /// Events for replicas that came to stand differently.
    private func tell(_ name: StackName, before: [Instance: Disposition], after: [Instance: Disposition]) {
        for (instance, disposition) in after.sorted(by: { $0.key < $1.key }) {
            guard disposition.phase != before[instance]?.phase || disposition.reason != before[instance]?.reason else {
                continue
            }
            let service = "'\(instance.service)'"
            let reason = disposition.reason ?? ""
            switch disposition.phase {
            case .healthy:
                record(
                    .info,
                    "service.healthy",
                    "\(service) is healthy",
                    instance,
                    of: name,
                    container: disposition.container
                )
            case .unhealthy:
                record(
                    .warning,
                    "service.unhealthy",
                    "\(service) is unhealthy: \(reason)",
                    instance,
                    of: name,
                    container: disposition.container
                )
            case .failed:
                record(
                    disposition.isFailure ? .error : .warning,
                    "service.failed",
                    "\(service) does not run: \(reason)",
                    instance,
                    of: name,
                    container: disposition.container
                )
            case .completed:
                record(
                    .info,
                    "service.completed",
                    "\(service) has completed",
                    instance,
                    of: name,
                    container: disposition.container
                )
            case .waiting:
                record(
                    .info,
                    "service.waiting",
                    "\(service) \(reason)",
                    instance,
                    of: name,
                    container: disposition.container
                )
            case .working, .running, .starting, .stopped: continue
            }
        }
    }

    private func judge(_ name: StackName, _ plan: StackPlan) {
        guard let state = stacks[name] else { return }
        switch plan.verdict {
        case .running: break
        case .failed(let cause): finishDeployment(name, .failed, cause: cause)
        case .succeeded:
            finishDeployment(name, .succeeded, cause: nil)
            if state.record.isLeaving { drop(name) }
        }
        if plan.isGood, state.record.lastGoodRevision != state.revision.number { noteGood(name) }
    }

    private func finishDeployment(_ name: StackName, _ outcome: DeploymentRecord.State, cause: String?) {
        guard var deployment = stacks[name]?.deployment, deployment.state == .running else { return }
        deployment.state = outcome
        deployment.endedAt = clocks.wall()
        deployment.cause = cause
        let verb = deployment.kind == .down ? "taken down" : "deployed as revision \(deployment.revision)"
        let event = note(
            outcome == .failed ? .error : .info,
            "deployment.\(outcome.rawValue)",
            outcome == .failed
                ? "deployment \(deployment.id) of '\(name)' failed: \(cause ?? "")" : "'\(name)' is \(verb)",
            stack: name,
            cause: stacks[name]?.deploymentEvent
        )
        stacks[name]?.deployment = deployment
        stacks[name]?.endTrace(outcome, cause: cause)
        stacks[name]?.history.revived = []
        later([.putDeployment(deployment), .appendEvent(event)])
        // After a failure the loop goes on trying, and so does the daemon after this one.
        guard outcome == .succeeded else { return }
        forgetIntent(of: name)
        if deployment.kind != .down { forgetFormerServices(of: name) }
    }

    private func forgetIntent(of name: StackName) {
        // Containers whose successors run may still be there: until they are removed they must not be taken for wanted ones.
        guard var state = stacks[name] else { return }
        let left = DeploymentIntent(recreates: state.history.forced)
        guard state.record.intent != left else { return }
        state.record.intent = left
        stacks[name] = state
        later([.putStack(state.record)])
    }

    /// The daemon before this one may have ended between the word that a revision is good and the tags of its images.
    func keepGoodImages() async {
        for name in stacks.keys.sorted() {
            guard let state = stacks[name], state.record.lastGoodRevision == state.revision.number else { continue }
            await keepImages(state.revision.images, of: name)
        }
    }

    /// What is kept of services that the wanted revision has no more goes, once that has proved itself.
    private func forgetFormerServices(of name: StackName) {
        guard var state = stacks[name] else { return }
        let present = Set(state.revision.definition.services.keys)
        let former = Set(state.rollouts.keys).union(state.imageChecks.keys).subtracting(present)
        let locks = state.record.updateLocks.filter { lock in present.contains { $0.text == lock.key } }
        guard !former.isEmpty || locks != state.record.updateLocks else { return }
        for service in former {
            state.rollouts[service] = nil
            state.imageChecks[service] = nil
            state.lockFiles[service] = nil
        }
        state.record.updateLocks = locks
        stacks[name] = state
        later([.keepServices(name, present), .putStack(state.record)])
    }

    /// The last container, network and volume of a leaving stack is gone.
    private func drop(_ name: StackName) {
        stacks[name] = nil
        later([.removeStack(name), .removeHealing(name, instance: nil)])
        Task { await self.releaseImages(of: name) }
    }

    /// Nothing goes back to the images of a stack that is gone.
    private func releaseImages(of name: StackName) async {
        guard stacks[name] == nil else { return }
        do {
            try await engine.removeNames(of: "homie.local/\(name)/*")
        } catch {
            logger.warning(
                "the images of a former stack are still kept",
                metadata: ["stack": "\(name)", "error": "\(error)"]
            )
        }
    }

    /// The wanted revision proved good: roll-backs come back to it, and its images are kept.
    private func noteGood(_ name: StackName) {
        guard var state = stacks[name] else { return }
        state.record.lastGoodRevision = state.revision.number
        state.record.updatedAt = clocks.wall()
        state.refreshLastGood()
        stacks[name] = state
        later([.putStack(state.record)])
        let images = state.revision.images
        Task { await self.keepImages(images, of: name) }
    }

    /// Tags keep the images of the last two good revisions from being pruned.
    private func keepImages(_ images: [ServiceName: String], of name: StackName) async {
        for (service, imageID) in images.sorted(by: { $0.key < $1.key }) {
            let repository = "homie.local/\(name)/\(service.text.lowercased())"
            do {
                if let good = try await engine.image("\(repository):good") {
                    if good.id == imageID { continue }
                    try await engine.tag(good.id, as: "\(repository):previous")
                }
                try await engine.tag(imageID, as: "\(repository):good")
            } catch {
                logger.warning(
                    "an image could not be marked as kept",
                    metadata: ["service": "\(service)", "error": "\(error)"]
                )
            }
        }
    }
}
