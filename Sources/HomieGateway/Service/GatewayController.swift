public import HomieModel
public import HomieSupervisor
public import Logging
public import ServiceLifecycle

/// Keeps HAProxy serving what the supervisor says: looks, plans, does; again at every change and every few seconds.
///
/// HAProxy is no child that ends with homied: it goes on serving, and the next homied takes it up where it is.
public actor GatewayController: Service {
    let settings: GatewaySettings
    private let source: any RouteSource
    let clocks: Clocks
    let logger: Logger
    private let process: HAProxyProcess
    let runtime: RuntimeAPI
    private let files: GatewayFiles
    let keeper: CertificateKeeper
    var shelf = CertificateShelf.Content()
    /// The state of the folders that ``shelf`` was read from.
    var shelfSignature: [String]?
    /// What stands in the way of a public name's certificate, in one sentence, and what helps.
    var acmeProblems: [HostPattern: (problem: String, hint: String?)] = [:]
    /// The running process could not be given a certificate: a new one reads the files.
    var mustReload = false
    /// Sessions whose tokens are refused; nil until the file was read.
    var endedSessions: EndedSessions?
    /// The running process knows ``endedSessions``.
    var areEndedSessionsTold = false
    /// Sessions whose open streams are to be ended, and in how many looks.
    var closing: [String: Int] = [:]
    /// Names that somebody was told to publish, who that is, and how it stands.
    var announced: [String] = []
    var nameReader: AsyncStream<[String]>.Continuation?
    var nameReport: NameReport?
    let ask: (@Sendable (GatewayQuestion) async -> RouteTrace.Answer)?
    private let resolver = NameResolver()

    private(set) var table: RouteTable?
    /// Replicas on trial that answered a probe, by container and place.
    var proven: Set<ReplicaProbe> = []
    var probing: Set<ReplicaProbe> = []
    var feed = ReportFeed()
    var requests = RequestLog()
    private(set) var running: RunningGateway?
    private(set) var backends: [String: String] = [:]
    private(set) var failure: GatewayError?
    /// Names of outside addresses that no name server knows, and why, in one sentence.
    var unresolved: [String: String] = [:]
    /// Authorities of routes that are on disk.
    var keptAuthorities: Set<String> = []
    private var memory: GatewayMemory?
    private var isMemoryRead = false
    /// The configuration file as last written by this homied.
    private var written: (configuration: String, map: String)?
    private var drainingSince: [String: TimeSpan] = [:]
    /// The hosts the certificate was last looked at for, and when.
    var kept: (hosts: [HostPattern], at: TimeSpan)?
    /// When the certificates expire, as of the last look at them.
    var expiry: CertificateExpiry?
    /// A certificate that the running process does not have yet.
    var newCertificate: String?
    private(set) var isSettled = false
    private var failures = 0
    /// How often HAProxy was started or reloaded.
    public private(set) var loads = 0

    private let wakes: AsyncStream<Void>
    let waker: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - program: HAProxy, looked up in PATH when it is a bare name.
    ///   - ask: sends a request to the gateway itself; nil where nobody can.
    public init(
        settings: GatewaySettings,
        source: any RouteSource,
        program: String = HAProxyProgram.standard,
        clocks: Clocks = .system(),
        ask: (@Sendable (GatewayQuestion) async -> RouteTrace.Answer)? = nil,
        logger: Logger
    ) {
        self.ask = ask
        self.settings = settings
        self.source = source
        self.clocks = clocks
        self.logger = logger
        process = HAProxyProcess(
            program: program,
            paths: settings.paths,
            isKeptBySystem: settings.isKeptBySystem
        )
        runtime = RuntimeAPI(settings.paths)
        files = GatewayFiles(paths: settings.paths)
        keeper = CertificateKeeper(settings: settings)
        (wakes, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Works until it is told to stop; HAProxy goes on.
    public func run() async throws {
        await cancelWhenGracefulShutdown { await self.work() }
    }

    private func work() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.follow() }
            group.addTask { await self.tick() }
            group.addTask { await self.loop() }
            group.addTask { await self.measureNowAndThen() }
            await group.next()
            group.cancelAll()
        }
    }

    private func follow() async {
        for await table in await source.routeTables() {
            self.table = table
            waker.yield()
        }
        // The supervisor has ended; what is served stays.
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
    }

    private func tick() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: pause)
            waker.yield()
        }
    }

    /// Until the next look: short while something is on its way, longer after failures in a row.
    private var pause: Duration {
        if failures > 0 { return .seconds(min(30, 1 << min(failures, 5))) }
        if isInTransition { return .milliseconds(100) }
        return isSettled ? .seconds(3) : .milliseconds(500)
    }

    private func loop() async {
        for await _ in wakes {
            guard table != nil else { continue }
            await reconcile()
        }
    }

    /// Serves `table` from now on; one round.
    func take(_ table: RouteTable) async {
        self.table = table
        await reconcile()
    }

    /// One round: afterwards HAProxy serves the table, or ``failure`` says why not.
    func reconcile() async {
        guard let table else { return }
        announceNames()
        probeTrials()
        do throws(GatewayError) {
            try await converge(WantedGateway(await resolving(admitting(table)), settings: settings))
            if failure != nil { logger.info("the gateway works again") }
            failure = nil
            failures = 0
        } catch {
            if failure?.description != error.description {
                logger.error("the gateway does not work", metadata: ["error": "\(error)"])
            }
            failure = error
            failures += 1
        }
        report()
    }

    /// The table with the IP addresses of outside names; one that nobody knows gets no requests.
    private func resolving(_ table: RouteTable) async -> RouteTable {
        var table = table
        var unknown: [String: String] = [:]
        for index in table.routes.indices where table.routes[index].key.service == nil {
            guard let endpoint = table.routes[index].endpoints.first else { continue }
            if let authority = table.routes[index].route.identity?.authority {
                do throws(HostCertificate.Fault) {
                    try keepTrusted(authority)
                } catch {
                    // HAProxy would refuse the whole configuration for it.
                    table.routes[index].route.identity?.authority = nil
                    table.routes[index].endpoints = []
                    unknown[endpoint.address] = "the authority it brought along cannot be used: \(error)"
                    continue
                }
            }
            switch await resolver.address(of: endpoint.address, now: clocks.uptime()) {
            case .success(let address): table.routes[index].endpoints[0].address = address
            case .failure(let failure):
                table.routes[index].endpoints = []
                unknown[endpoint.address] = failure.description
            }
        }
        unresolved = unknown
        return table
    }

    private func converge(_ wanted: WantedGateway) async throws(GatewayError) {
        if !isMemoryRead {
            try AtomicFile.makeFolder(settings.paths.directory)
            memory = try files.memory()
            isMemoryRead = true
        }
        try await keepCertificates(wanted)
        try await keepEndedSessions()
        await closeStreams()
        running = await observe()
        noteDrains()
        let planner = GatewayPlanner(
            wanted: wanted,
            running: running,
            memory: memory,
            drainingSince: drainingSince,
            now: clocks.uptime()
        )
        var plan = planner.plan()
        if mustReload { plan.action = .load }
        isSettled = plan.isSettled && plan.action == .nothing
        switch plan.action {
        case .nothing: try await writeFiles(plan, wanted)
        case .steer(let commands):
            _ = try await runtime.run(commands)
            logger.debug("the gateway was steered", metadata: ["commands": "\(commands.count)"])
            guard !isInTransition else {
                // What comes next should not wait for the disk; a start or reload writes the files before anything else.
                backends = plan.backends
                running = await observe()
                report()
                break
            }
            try await writeFiles(plan, wanted)
        case .load:
            try await writeFiles(plan, wanted)
            try await load(plan.configuration(wanted).identity)
            mustReload = false
        }
        backends = plan.backends
    }

    func observe() async -> RunningGateway? {
        do throws(GatewayError) { return try await runtime.observe() } catch { return nil }
    }

    /// The file is what a restart begins with: it says the same as what runs.
    private func writeFiles(_ plan: GatewayPlan, _ wanted: WantedGateway) async throws(GatewayError) {
        let configuration = plan.configuration(wanted).text
        let map = RouteMap.text(plan.map(wanted))
        let notes = GatewayMemory(layout: plan.layout, backends: plan.backends)
        if let written, written.configuration == configuration, written.map == map, memory == notes { return }
        let process = process
        try await files.write(configuration, map: map, notes) { path throws(GatewayError) in
            try await process.check(path)
        }
        written = (configuration, map)
        memory = notes
    }

    private func load(_ identity: String) async throws(GatewayError) {
        loads += 1
        areEndedSessionsTold = false
        if await process.isRunning() {
            try await process.reload(identity: identity)
            logger.info("the gateway was reloaded")
        } else {
            try await process.start(identity: identity)
            logger.info("the gateway was started")
        }
        drainingSince = [:]
        // What ended while the new process read its files.
        areEndedSessionsTold = false
    }

    private func noteDrains() {
        let now = clocks.uptime()
        var draining: [String: TimeSpan] = [:]
        for (backend, servers) in running?.servers ?? [:] {
            for server in servers where server.isDraining {
                let name = "\(backend)/\(server.name)"
                draining[name] = drainingSince[name] ?? now
            }
        }
        drainingSince = draining
    }
}

/// Where HAProxy is.
public enum HAProxyProgram {
    /// Debian's place, which is not in every account's PATH.
    public static let standard = "/usr/sbin/haproxy"
}
