/// A container as the engine shows it (Engine API, `GET /containers/{id}/json`).
public struct ObservedContainer: Sendable, Hashable, Codable {
    public enum State: String, Sendable, Hashable, Codable {
        case created, running, paused, restarting, removing, exited, dead
    }

    public enum Health: String, Sendable, Hashable, Codable {
        /// The container has no health check.
        case none
        case starting, healthy, unhealthy
    }

    /// The full 64-digit ID.
    public var id: String
    /// Without the leading slash.
    public var name: String
    public var imageID: String
    public var labels: [String: String]
    public var state: State
    public var health: Health
    public var exitCode: Int
    public var isOOMKilled: Bool
    /// What the engine said when the last start failed; empty when it did not.
    public var error: String
    public var createdAt: Timestamp
    public var startedAt: Timestamp?
    public var finishedAt: Timestamp?
    /// The container whose network namespace this one uses (`HostConfig.NetworkMode` is `container:<id>`).
    public var networkParent: String?
    /// The restart policy the engine holds, e.g. `no`, `unless-stopped`; Homie's own containers have `no`.
    public var engineRestartPolicy: String
    public var mounts: [ObservedMount]
    /// IP addresses by network name.
    public var addresses: [String: String]
    /// The main process while it runs, as this host numbers it.
    public var processID: Int?
    /// Where the host leads on to it while it runs; nil while that is not known.
    public var bindings: [ObservedBinding]?

    public init(
        id: String,
        name: String,
        imageID: String,
        labels: [String: String] = [:],
        state: State,
        health: Health = .none,
        exitCode: Int = 0,
        isOOMKilled: Bool = false,
        error: String = "",
        createdAt: Timestamp,
        startedAt: Timestamp? = nil,
        finishedAt: Timestamp? = nil,
        networkParent: String? = nil,
        engineRestartPolicy: String = "no",
        mounts: [ObservedMount] = [],
        addresses: [String: String] = [:],
        processID: Int? = nil,
        bindings: [ObservedBinding]? = nil
    ) {
        self.id = id
        self.name = name
        self.imageID = imageID
        self.labels = labels
        self.state = state
        self.health = health
        self.exitCode = exitCode
        self.isOOMKilled = isOOMKilled
        self.error = error
        self.createdAt = createdAt
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.networkParent = networkParent
        self.engineRestartPolicy = engineRestartPolicy
        self.mounts = mounts
        self.addresses = addresses
        self.processID = processID
        self.bindings = bindings
    }
}

/// A port of the host that leads to one of a container, as the engine shows it (Engine API, `NetworkSettings.Ports`).
public struct ObservedBinding: Sendable, Hashable, Codable {
    /// `0.0.0.0` and `::` for all.
    public var hostAddress: String
    public var hostPort: UInt16
    public var target: UInt16
    /// `tcp`, `udp` or `sctp`.
    public var transport: String

    public init(hostAddress: String, hostPort: UInt16, target: UInt16, transport: String) {
        self.hostAddress = hostAddress
        self.hostPort = hostPort
        self.target = target
        self.transport = transport
    }
}

/// A mount of a container as the engine shows it.
public struct ObservedMount: Sendable, Hashable, Codable {
    public var kind: MountDefinition.Kind
    /// The volume's name; nil for a bind.
    public var volume: String?
    public var destination: String

    public init(kind: MountDefinition.Kind, volume: String?, destination: String) {
        self.kind = kind
        self.volume = volume
        self.destination = destination
    }
}

/// An image the engine has.
public struct ObservedImage: Sendable, Hashable, Codable {
    /// `sha256:…`
    public var id: String
    /// `name@sha256:…` for each registry the image came from.
    public var repositoryDigests: [String]
    public var hasHealthcheck: Bool

    public init(id: String, repositoryDigests: [String] = [], hasHealthcheck: Bool = false) {
        self.id = id
        self.repositoryDigests = repositoryDigests
        self.hasHealthcheck = hasHealthcheck
    }
}
