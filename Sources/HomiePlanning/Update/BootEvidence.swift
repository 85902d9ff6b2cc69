public import HomieModel

/// A service of a stack, as the judge of a boot names it.
public struct ServiceKey: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    public var stack: StackName
    public var service: ServiceName

    public init(stack: StackName, service: ServiceName) {
        self.stack = stack
        self.service = service
    }

    public var description: String { "\(stack)/\(service)" }

    public static func < (left: Self, right: Self) -> Bool {
        (left.stack, left.service.text) < (right.stack, right.service.text)
    }
}

/// Which services worked before the update; written down before the restart.
public struct BootBaseline: Sendable, Hashable, Codable {
    public var version: SystemVersion
    public var takenAt: Timestamp
    /// Healthy, or running without a health check, or completed as it should.
    public var working: [ServiceKey]

    public init(version: SystemVersion, takenAt: Timestamp, working: [ServiceKey]) {
        self.version = version
        self.takenAt = takenAt
        self.working = working
    }

    /// What of `statuses` worked.
    public init(version: SystemVersion, takenAt: Timestamp, statuses: [ServiceStatus]) {
        self.init(
            version: version,
            takenAt: takenAt,
            working: statuses.filter { BootEvidence.works($0.phase) }
                .map { ServiceKey(stack: $0.stack, service: $0.service) }
                .sorted()
        )
    }
}

/// What the new system shows at one moment.
public struct BootEvidence: Sendable, Hashable {
    public enum Supervisor: Sendable, Hashable {
        case up
        /// It does not answer, or systemd gave it up; one clause says how.
        case down(String)
    }

    public struct Service: Sendable, Hashable {
        public var phase: ServiceStatus.Phase
        public var reason: String?
        /// The newest start among its containers: a later one than before means that it fell over in between.
        public var startedAt: Timestamp?

        public init(phase: ServiceStatus.Phase, reason: String? = nil, startedAt: Timestamp? = nil) {
            self.phase = phase
            self.reason = reason
            self.startedAt = startedAt
        }
    }

    public var supervisor: Supervisor
    /// How often systemd has started the supervisor anew in this boot; nil: that is not known.
    public var restarts: Int?
    public var services: [ServiceKey: Service]
    /// Since the kernel started.
    public var uptime: TimeSpan

    public init(
        supervisor: Supervisor,
        services: [ServiceKey: Service],
        restarts: Int? = nil,
        uptime: TimeSpan
    ) {
        self.supervisor = supervisor
        self.restarts = restarts
        self.services = services
        self.uptime = uptime
    }

    static func works(_ phase: ServiceStatus.Phase) -> Bool {
        switch phase {
        case .healthy, .running, .completed: true
        case .waiting, .working, .starting, .unhealthy, .failed, .stopped: false
        }
    }
}

extension BootEvidence {
    /// From what the supervisor's API says.
    public init(supervisor: Supervisor, statuses: [ServiceStatus], restarts: Int? = nil, uptime: TimeSpan) {
        var services: [ServiceKey: Service] = [:]
        for status in statuses {
            services[ServiceKey(stack: status.stack, service: status.service)] = Service(
                phase: status.phase,
                reason: status.reason,
                startedAt: status.containers.compactMap(\.startedAt).max()
            )
        }
        self.init(supervisor: supervisor, services: services, restarts: restarts, uptime: uptime)
    }
}
