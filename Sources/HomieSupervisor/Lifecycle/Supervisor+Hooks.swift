import HomieModel
import HomiePlanning
import Logging

/// `post_start` and `pre_stop` of Compose files.
///
/// Docker Compose runs the former when it starts a container, and gives up when one fails. Here they run after every
/// start, also those that heal, and what was not run is owed: a container keeps a mark, on disk, until its hooks have run.
/// A hook may so run twice when the daemon was killed meanwhile, and is never left out.
extension Supervisor {
    private static let hookLimit = TimeSpan.seconds(300)

    func hasPostStart(_ service: ServiceName, in name: StackName) -> Bool {
        stacks[name]?.wanted.services[service]?.definition.postStart != nil
    }

    /// Marks a container that is about to be started.
    func oweHooks(in id: String) async {
        mirror.overlays[id, default: [:]][ContainerLabels.owesHooks] = "true"
        mirror.update(id) { $0.labels[ContainerLabels.owesHooks] = "true" }
        guard let container = mirror[id] else { return }
        do {
            try await commit([.putContainer(container)])
        } catch {
            // A disk that is full keeps nothing from starting; the mark in memory does for as long as the daemon lives.
            logger.warning("a due hook could not be written down", metadata: ["error": "\(Self.sentence(error))"])
        }
    }

    /// Runs the hooks of a container that was just started, and takes its mark away.
    ///
    /// - Throws: ``LifecycleHookError``; the mark stays.
    func runPostStart(in id: String, _ instance: Instance, of name: StackName) async throws {
        let hooks = stacks[name]?.wanted.services[instance.service]?.definition.postStart ?? []
        for hook in hooks { try await run(hook, "post_start", in: id, instance, of: name) }
        mirror.overlays[id]?[ContainerLabels.owesHooks] = nil
        if mirror.overlays[id]?.isEmpty == true { mirror.overlays[id] = nil }
        mirror.update(id) { $0.labels[ContainerLabels.owesHooks] = nil }
        if let container = mirror[id] { later([.putContainer(container)]) }
    }

    /// Runs the hooks of a container that is about to be stopped: those of the definition it was made from. One that fails
    /// is told of and keeps nothing from being stopped.
    func runPreStop(in id: String, of name: StackName) async {
        guard let container = mirror[id], container.state == .running, let service = container.service else { return }
        let wanted = stacks[name]?.wanted.services[service]
        let isCurrent = container.specDigest != nil && container.specDigest == wanted?.specDigest
        let definition = isCurrent ? wanted?.definition : await pastDefinition(of: container, service, name)
        let instance = Instance(service, container.index)
        for hook in definition?.preStop ?? [] {
            do {
                try await run(hook, "pre_stop", in: id, instance, of: name)
            } catch {
                // It ended by itself meanwhile: there is nothing to prepare for a stop any more.
                guard mirror[id]?.state == .running else { return }
                record(
                    .warning,
                    "hook.failed",
                    "'\(service)' is stopped all the same: \(Self.sentence(error))",
                    instance,
                    of: name,
                    container: id,
                    detail: error.hint
                )
            }
        }
    }

    /// What a container of an earlier revision was made from: that revision, or where it is gone what the container's label
    /// says, which knows no variables of hooks.
    private func pastDefinition(
        of container: ObservedContainer,
        _ service: ServiceName,
        _ name: StackName
    ) async -> ServiceDefinition? {
        let label = DefinitionLabel.service(of: container)
        guard label?.preStop != nil, let number = container.revision else { return label }
        do {
            let revision = try await store.revisions(of: name).first { $0.number == number }
            return revision?.definition.services[service] ?? label
        } catch {
            logger.debug("a revision cannot be read", metadata: ["stack": "\(name)", "error": "\(error)"])
            return label
        }
    }

    private func run(
        _ hook: LifecycleHook,
        _ key: String,
        in id: String,
        _ instance: Instance,
        of name: StackName
    ) async throws(LifecycleHookError) {
        let result: ExecutionResult
        do {
            result = try await engine.run(hook, in: id, timeout: Self.hookLimit)
        } catch {
            throw .notRun(key: key, command: hook.program, underlying: error)
        }
        guard result.exitCode == 0 else {
            let output = Self.end(of: result.output)
            throw .failed(key: key, command: hook.program, exitCode: result.exitCode, output: output)
        }
        record(
            .info,
            "hook.succeeded",
            "the \(key) hook '\(hook.program)' of '\(instance.service)' has run",
            instance,
            of: name,
            container: id
        )
    }

    /// The last words of a command.
    private static func end(of output: String) -> String {
        var rest = output[...]
        while let last = rest.last, last.isWhitespace { rest = rest.dropLast() }
        return String(rest.suffix(500))
    }
}
