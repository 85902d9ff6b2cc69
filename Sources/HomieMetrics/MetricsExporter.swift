public import HomieModel
public import HomieSupervisor

/// Everything measured on this device, read when it is asked for.
public actor MetricsExporter: MetricsExposition {
    private let host: HostReader
    private let containers: ContainerReader
    private let paths: KernelPaths
    private let stacks: @Sendable () async throws -> [StackStatus]
    private let registry: MetricRegistry
    private let version: String
    private let wall: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - stacks: asked at every scrape for what runs.
    ///   - registry: the daemon's own metrics.
    ///   - version: the daemon's release.
    public init(
        paths: KernelPaths = KernelPaths(),
        stacks: @escaping @Sendable () async throws -> [StackStatus],
        registry: MetricRegistry,
        version: String,
        wall: @escaping @Sendable () -> Timestamp
    ) {
        self.paths = paths
        host = HostReader(paths: paths)
        containers = ContainerReader(paths: paths)
        self.stacks = stacks
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
        do {
            let stacks = try await stacks()
            found += ServiceFamilies.families(of: stacks)
            found += containers.families(of: ServiceFamilies.containers(of: stacks), now: now)
            up.add(1)
        } catch {
            up.add(0)
        }
        found += host.families(now: now)
        found += SystemFacts.process(proc: paths.proc)
        var build = MetricFamily("homie_build", .info, "The release of the daemon.")
        build.add(1, [.init("version", version)])
        registry.histogram("homie_collection_duration_seconds", "How long it takes to read everything for a scrape.")
            .observe(TimeSpan(ContinuousClock.now - started))
        return [up, build] + found + registry.families()
    }
}
