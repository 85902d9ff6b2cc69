import Glibc
import HomieModel
import HomiePlanning
import Logging

extension Supervisor {
    /// Lets image updates be looked for.
    public func ask(_ registry: any ImageRegistry) { self.registry = registry }

    /// Asks registries when it is time, and does with newer images what each service says; for ever.
    func watchImages() async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: min(.seconds(30), settings.imageCheckInterval.duration)) } catch { return }
            guard registry != nil || signatureSource != nil, isSynced else { continue }
            await tidySignatures()
            for name in stacks.keys.sorted() {
                for service in stacks[name]?.revision.definition.services.keys.sorted() ?? [] {
                    await lookAtImage(of: service, in: name)
                    await lookAtSignature(of: service, in: name)
                }
            }
        }
    }

    private func lookAtImage(of service: ServiceName, in name: StackName) async {
        guard let state = stacks[name], !state.record.isLeaving, let registry,
            let definition = state.revision.definition.services[service],
            let images = try? UpdateReader(service: service, definition: definition).settings().images,
            let reference = ImageUpdatePlanner.reference(of: definition, images)
        else { return }
        let before = state.imageChecks[service].flatMap { $0.reference == reference ? $0 : nil }
        let isDue = ImageUpdatePlanner.isDue(
            before,
            reference: reference,
            now: clocks.wall(),
            interval: settings.imageCheckInterval
        )
        guard isDue || before?.isNewer == true else { return }
        // What did not come from that repository cannot be compared with it.
        guard let known = try? await localDigests(of: service, in: name) else { return }
        let local = known.filter { RepositoryName(of: $0) == RepositoryName(of: reference) }
        guard !local.isEmpty else { return }
        var check = before ?? ImageCheck(stack: name, service: service, reference: reference, checkedAt: clocks.wall())
        if isDue {
            do {
                let digest = try await registry.digest(of: reference)
                check = ImageUpdatePlanner.noted(check, digest: digest, local: local, now: clocks.wall())
            } catch {
                check.checkedAt = clocks.wall()
                check.problem = Self.sentence(error)
                logger.debug("a registry did not answer", metadata: ["image": "\(reference)", "error": "\(error)"])
            }
        } else if check.isNewer, let digest = check.digest {
            // Somebody may have updated it meanwhile.
            check.isNewer = !local.contains { $0.hasSuffix("@\(digest)") }
        }
        guard let now = stacks[name], now.revision.definition.services[service] == definition else { return }
        if check != before {
            stacks[name]?.imageChecks[service] = check
            later([.putImageCheck(check)])
        }
        let isHeld =
            now.record.updateLocks[service.text] != nil || now.isDeploying
            || now.rollouts[service].map { $0.state.isOpen } ?? false
        let decision = ImageUpdatePlanner.decision(
            before: before,
            now: check,
            settings: images,
            isHeld: isHeld,
            hasFailed: now.rollouts[service]?.state == .failed,
            at: clocks.wall(),
            offset: Self.localOffset(at: clocks.wall())
        )
        await follow(decision, check)
    }

    /// How long it is believed what the engine said of an image: its digests change when it is fetched under another name,
    /// and one that has none gets some when it is pushed.
    private static func memory(of digests: [String]) -> TimeSpan { digests.isEmpty ? .seconds(20) : .seconds(600) }

    func localDigests(of service: ServiceName, in name: StackName) async throws -> [String] {
        guard let id = stacks[name]?.revision.images[service] else { return [] }
        let now = clocks.uptime()
        if let known = stacks[name]?.imageDigests[id],
            now.nanoseconds - known.at.nanoseconds < Self.memory(of: known.digests).nanoseconds
        {
            return known.digests
        }
        let digests = try await engine.image(id)?.repositoryDigests ?? []
        guard var state = stacks[name] else { return digests }
        let images = Set(state.revision.images.values)
        state.imageDigests = state.imageDigests.filter { images.contains($0.key) }
        state.imageDigests[id] = (digests, now)
        stacks[name] = state
        return digests
    }

    private func follow(_ decision: ImageUpdatePlanner.Decision, _ check: ImageCheck) async {
        switch decision {
        case .nothing: break
        case .announce:
            record(
                .info,
                "image.newer",
                "there is a newer image '\(check.reference)' for '\(check.service)'; 'homie update \(check.stack) "
                    + "\(check.service)' deploys it",
                stack: check.stack,
                service: check.service,
                detail: check.digest
            )
        case .deploy:
            record(
                .info,
                "image.updating",
                "the newer image '\(check.reference)' of '\(check.service)' has settled and is deployed",
                stack: check.stack,
                service: check.service,
                detail: check.digest
            )
            do {
                _ = try await update(check.stack, services: [check.service])
                var attempt = stacks[check.stack]?.imageChecks[check.service] ?? check
                attempt.attempted = check.digest
                attempt.attemptedAt = clocks.wall()
                stacks[check.stack]?.imageChecks[check.service] = attempt
                later([.putImageCheck(attempt)])
            } catch {
                logger.warning(
                    "an image update cannot be deployed",
                    metadata: ["stack": "\(check.stack)", "error": "\(Self.sentence(error))"]
                )
            }
        }
    }

    /// What the device's local time is ahead of UTC (localtime(3)).
    private static func localOffset(at now: Timestamp) -> TimeSpan {
        var seconds = time_t(now.nanoseconds / 1_000_000_000)
        var parts = tm()
        guard localtime_r(&seconds, &parts) != nil else { return TimeSpan(nanoseconds: 0) }
        return .seconds(Double(parts.tm_gmtoff))
    }
}
