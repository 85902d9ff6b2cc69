import HomieModel
import HomiePlanning

/// What the keeper of jobs needs to know of a stack.
struct JobSource: Sendable {
    var stack: StackName
    var definition: StackDefinition
    /// Services that run and are healthy, or run and have no check.
    var healthy: Set<ServiceName>
}

extension Supervisor {
    /// Has applied files checked for jobs that cannot be.
    func attach(_ keeper: JobKeeper) { jobs = keeper }

    /// - Throws: `ScheduleError` when the jobs of a stack cannot be.
    func checkJobs(of definition: StackDefinition) async throws {
        if let jobs { try await jobs.check(definition) } else { _ = try ScheduleReader.jobs(of: definition) }
    }

    /// The number of the newest event; known as soon as the state is loaded.
    var lastEventID: Int64 { log.lastID }

    /// The stacks whose jobs run: those that are not being taken down.
    func jobSources() -> (sources: [JobSource], hasEngine: Bool) {
        let sources = stacks.values.filter { !$0.record.isLeaving }.map { state in
            var phases: [ServiceName: [ServiceStatus.Phase]] = [:]
            for (instance, disposition) in state.plan.dispositions {
                phases[instance.service, default: []].append(disposition.phase)
            }
            let healthy = phases.filter { service, phases in
                let isChecked = state.wanted.services[service]?.hasHealthcheck ?? false
                return phases.allSatisfy { $0 == .healthy || ($0 == .running && !isChecked) }
            }
            return JobSource(
                stack: state.record.name,
                definition: state.revision.definition,
                healthy: Set(healthy.keys)
            )
        }
        return (sources.sorted { $0.stack < $1.stack }, isSynced)
    }

    /// False while the engine is away, and until all containers were listed since.
    var knowsContainers: Bool { isSynced }

    /// The running container of a service's first replica that has one.
    func runningContainer(of service: ServiceName, in stack: StackName) -> ObservedContainer? {
        mirror.containers(of: stack)
            .filter { $0.service == service && !$0.isOneOff && $0.state == .running }
            .min { ($0.index, $0.id) < ($1.index, $1.id) }
    }

    /// The containers that were made for jobs, as far as they are known.
    func jobContainers() -> [ObservedContainer] {
        mirror.containers.values.filter { $0.labels[ContainerLabels.job] != nil && $0.isOneOff }
    }

    /// Everything for a job's container; its image, networks and volumes are there when this returns.
    ///
    /// - Throws: ``SupervisorError``, what the engine says.
    func jobRecipe(_ request: JobContainerRequest) async throws -> ContainerRecipe {
        let (stack, service) = (request.job.stack, request.service)
        guard stacks[stack] != nil else { throw SupervisorError.noStack(stack) }
        guard stacks[stack]?.revision.definition.services[service] != nil else {
            throw SupervisorError.noService(service, stack)
        }
        try await resolveImage(of: service, in: stack)
        guard let state = stacks[stack], let definition = state.revision.definition.services[service],
            let imageID = state.revision.images[service]
        else { throw SupervisorError.noService(service, stack) }
        var namespaces: [ServiceName: String] = [:]
        for parent in definition.namespaceParents {
            guard let container = runningContainer(of: parent, in: stack) else {
                throw JobError.noParent(parent, stack)
            }
            namespaces[parent] = container.id
        }
        let recipe = request.recipe(
            definition,
            imageID: imageID,
            in: state.revision.definition,
            namespaces: namespaces
        )
        for (key, network) in recipe.networks where !network.isExternal {
            try await limit.run { try await engine.ensureNetwork(network, key: key, stack: stack) }
        }
        for (key, volume) in recipe.volumes where !volume.isExternal {
            try await limit.run { try await engine.ensureVolume(volume, key: key, stack: stack) }
        }
        return recipe
    }

    /// Notes an event of a job. Returns its number.
    @discardableResult
    func recordJob(
        _ severity: EventRecord.Severity,
        _ kind: String,
        _ message: String,
        of job: JobName,
        service: ServiceName?,
        cause: Int64? = nil,
        detail: String? = nil
    ) -> Int64 {
        // A failure is an issue until the next success.
        if severity == .error || clinic.issues["job:\(job.stack):\(job.job)"] != nil { reviewSoon([job.stack]) }
        return record(severity, kind, message, stack: job.stack, service: service, cause: cause, detail: detail)
    }
}
