public import HomieModel
public import HomiePlanning
public import HomieSupervisor

/// Everything measured on this device, read when it is asked for.
public actor MetricsExporter: MetricsExposition, MeasurementSource {
    private let host: HostReader
    private let containers: ContainerReader
    private var services = ServiceSampler()
    private let paths: KernelPaths
    private let stacks: @Sendable () async throws -> [StackStatus]
    private let jobs: @Sendable () async throws -> [JobStatus]
    private let figures: @Sendable () async -> [MeasurementBook.Reading]
    private let updates: (any RolloutControl)?
    private let care: (any IssueControl)?
    private let system: SystemWatch?
    private let registry: MetricRegistry
    private let version: String
    private let wall: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - stacks: asked at every scrape for what runs.
    ///   - jobs: asked at every scrape, too.
    ///   - figures: what services show of themselves, for the history.
    ///   - updates: asked at every scrape for rollouts and newer images.
    ///   - care: asked at every scrape for health and issues.
    ///   - system: the device's operating system, where it is ours.
    ///   - registry: the daemon's own metrics.
    ///   - version: the daemon's release.
    public init(
        paths: KernelPaths = KernelPaths(),
        stacks: @escaping @Sendable () async throws -> [StackStatus],
        jobs: @escaping @Sendable () async throws -> [JobStatus] = { [] },
        figures: @escaping @Sendable () async -> [MeasurementBook.Reading] = { [] },
        updates: (any RolloutControl)? = nil,
        care: (any IssueControl)? = nil,
        system: SystemWatch? = nil,
        registry: MetricRegistry,
        version: String,
        wall: @escaping @Sendable () -> Timestamp
    ) {
        self.paths = paths
        host = HostReader(paths: paths)
        containers = ContainerReader(paths: paths)
        self.stacks = stacks
        self.jobs = jobs
        self.figures = figures
        self.updates = updates
        self.care = care
        self.system = system
        self.registry = registry
        self.version = version
        self.wall = wall
    }

    public func exposition(as format: ExpositionFormat) async -> [UInt8] {
        ExpositionWriter.text(await families(), as: format)
    }

    /// All families, as of now. When the supervisor does not answer, `homie_up` is 0 and the host is there all the same.
    public func families() async -> [MetricFamily] {
        let started = ContinuousClock.now
        var up = MetricFamily("homie_up", .gauge, "Whether the supervisor answered.")
        var found: [MetricFamily] = []
        let now = Double(wall().nanoseconds) / 1e9
        let known: [StackStatus]?
        do {
            known = try await stacks()
        } catch {
            known = nil
        }
        up.add(known == nil ? 0 : 1)
        let knownJobs = try? await jobs()
        let told = known == nil ? [] : await partFamilies()
        // No suspension from here on: the thread's time is that of the reading.
        let before = SystemFacts.threadSeconds
        if let known {
            found += ServiceFamilies.families(of: known)
            found += JobFamilies.families(of: knownJobs ?? [])
            found += told
            found += containers.families(of: ServiceFamilies.containers(of: known), now: now)
        }
        found += host.families(now: now)
        found += SystemFacts.process(proc: paths.proc)
        count("scrape", since: before)
        var build = MetricFamily("homie_build", .info, "The release of the daemon.")
        build.add(1, [.init("version", version)])
        registry.histogram("homie_collection_duration_seconds", "How long it takes to read everything for a scrape.")
            .observe(TimeSpan(ContinuousClock.now - started))
        return [up, build] + found + registry.families()
    }

    /// Rollouts, updates, health and issues; what does not answer is left out.
    private func partFamilies() async -> [MetricFamily] {
        var found: [MetricFamily] = []
        if let updates {
            if let rollouts = try? await updates.rollouts(of: nil) {
                found += RolloutFamilies.families(of: rollouts)
            }
            if let images = try? await updates.imageChecks() { found += UpdateFamilies.families(of: images) }
        }
        if let care {
            found += CareFamilies.families(of: await care.health(of: nil))
            found += CareFamilies.families(of: await care.openIssues())
        }
        if let status = await system?.status { found += UpdateFamilies.families(of: status) }
        return found
    }

    /// What the history keeps; nothing of services while the supervisor does not answer.
    public func readings() async -> [MeasurementBook.Reading] {
        let known: [StackStatus]
        do {
            known = try await stacks()
        } catch {
            return HostSampler.readings(from: host.families(now: 0))
        }
        let own = await figures()
        let before = SystemFacts.threadSeconds
        let samples = containers.samples(of: ServiceFamilies.containers(of: known))
        var readings = services.readings(of: known, samples: samples)
        count("history", since: before)
        readings += HostSampler.readings(from: host.families(now: 0))
        return readings + own
    }

    private func count(_ purpose: String, since before: Double) {
        let label = [MetricFamily.Label("for", purpose)]
        registry.counter("homie_collection_cpu_seconds", "Processor time spent on reading the kernel's figures.", label)
            .increment(by: max(1e-9, SystemFacts.threadSeconds - before))
        registry.counter("homie_collections", "How often the kernel's figures were read.", label).increment()
    }
}
