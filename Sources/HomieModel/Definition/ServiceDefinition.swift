/// One service of a stack: everything needed to create its containers (Compose Specification, "services").
///
/// Host paths are absolute. Optional keys that the file leaves out are nil and absent from the JSON.
public struct ServiceDefinition: Sendable, Hashable, Codable {
    // What runs
    public var image: String?
    public var build: BuildDefinition?
    public var pullPolicy: PullPolicy?
    public var platform: String?
    public var command: [String]?
    public var entrypoint: [String]?
    public var environment: [String: String] = [:]
    public var workingDirectory: String?
    public var user: String?
    public var groups: [String]?
    public var hasTTY: Bool?
    public var opensStdin: Bool?
    public var runsInit: Bool?
    public var runtime: String?

    // What it is called
    public var containerName: String?
    public var hostname: String?
    public var domainName: String?
    public var labels: [String: String] = [:]
    public var annotations: [String: String]?

    // How it lives
    public var restart: RestartPolicy = .never
    public var stopSignal: String?
    public var stopGracePeriod: TimeSpan?
    public var healthcheck: HealthcheckDefinition?
    public var dependsOn: [ServiceName: Dependency] = [:]
    public var replicas: Int = 1
    public var profiles: [String]?
    /// Run in this order after every start.
    public var postStart: [LifecycleHook]?
    /// Run in this order before the container is stopped; not when it ends by itself.
    public var preStop: [LifecycleHook]?

    // What it may
    public var isPrivileged: Bool?
    public var isReadOnly: Bool?
    public var addedCapabilities: [String]?
    public var droppedCapabilities: [String]?
    public var securityOptions: [String]?
    public var devices: [DeviceMapping]?
    public var deviceCgroupRules: [String]?
    public var deviceRequests: [DeviceRequest]?
    public var cgroup: String?
    public var cgroupParent: String?
    public var ipc: NamespaceMode?
    public var pid: NamespaceMode?
    public var uts: String?
    public var userNamespace: String?
    public var sysctls: [String: String]?
    public var ulimits: [Ulimit]?

    // Network
    public var networkMode: NamespaceMode?
    /// Attachments by network key; empty with a network mode.
    public var networks: [String: NetworkAttachment] = [:]
    public var ports: [PortMapping] = []
    public var exposedPorts: [String]?
    public var dns: [String]?
    public var dnsSearch: [String]?
    public var dnsOptions: [String]?
    /// `host:address` lines for /etc/hosts.
    public var extraHosts: [String]?
    public var links: [String]?
    public var externalLinks: [String]?
    public var macAddress: String?

    // Storage
    public var mounts: [MountDefinition] = []
    public var volumesFrom: [String]?
    /// `path` or `path:options`.
    public var tmpfs: [String]?
    public var sharedMemory: ByteCount?
    public var configs: [FileGrant]?
    public var secrets: [FileGrant]?
    public var storageOptions: [String: String]?

    // Limits
    public var resources = ResourceDefinition()
    public var logging: LoggingDefinition?

    /// `deploy.update_config`, `deploy.rollback_config` and what else of `deploy` is not folded into other keys.
    public var deploy: JSONValue?
    /// The service's `x-homie` block, as written.
    public var homie: JSONValue?

    public init() {}
}

/// How an image is built (Compose Build Specification).
public struct BuildDefinition: Sendable, Hashable, Codable {
    /// An absolute path of a directory, or a URL the engine can fetch.
    public var context: String
    public var dockerfile: String?
    public var inlineDockerfile: String?
    public var target: String?
    public var arguments: [String: String]?
    public var labels: [String: String]?
    public var cacheFrom: [String]?
    public var networkMode: String?
    public var extraHosts: [String]?
    public var ignoresCache: Bool?
    public var pullsBase: Bool?
    public var sharedMemory: ByteCount?
    public var tags: [String]?
    public var platforms: [String]?
    /// Keys of the file that only BuildKit can honour, e.g. `secrets`; the engine's own builder cannot.
    public var buildKitKeys: [String]?

    public init(context: String) { self.context = context }
}

/// When an image is fetched.
public enum PullPolicy: String, Sendable, Hashable, Codable {
    case always, never, missing, build
}

/// What happens when a container ends by itself. Homie carries this out, not the engine.
public enum RestartPolicy: Sendable, Hashable, Codable {
    case never
    case always
    case unlessStopped
    /// On a non-zero exit code; at most this often, or without limit.
    case onFailure(maximumRetries: Int?)
}

/// What a service needs of another one before it starts.
public struct Dependency: Sendable, Hashable, Codable {
    public var condition: Condition
    /// True when this service is restarted after the other one was restarted or re-created.
    public var restarts: Bool
    /// False when a dependency that is not there only warns.
    public var isRequired: Bool

    public enum Condition: String, Sendable, Hashable, Codable {
        case started = "service_started"
        case healthy = "service_healthy"
        case completedSuccessfully = "service_completed_successfully"
    }

    public init(condition: Condition, restarts: Bool = false, isRequired: Bool = true) {
        self.condition = condition
        self.restarts = restarts
        self.isRequired = isRequired
    }
}

/// A health check run inside the container.
public struct HealthcheckDefinition: Sendable, Hashable, Codable {
    /// `["CMD", …]`, `["CMD-SHELL", line]` or `["NONE"]`; nil keeps the image's own test.
    public var test: [String]?
    public var interval: TimeSpan?
    public var timeout: TimeSpan?
    public var startPeriod: TimeSpan?
    public var startInterval: TimeSpan?
    public var retries: Int?

    public init() {}

    /// True when the check of the image is switched off.
    public var isDisabled: Bool { test?.first == "NONE" }
}

/// Whose namespace a container uses.
public enum NamespaceMode: Sendable, Hashable, Codable {
    /// `none`, `host`, `bridge`, `private`, `shareable` or a network's name: passed to the engine as written.
    case plain(String)
    /// The namespace of a service of the same stack.
    case service(ServiceName)
    /// The namespace of a container by name or ID.
    case container(String)

    /// The service whose namespace is shared, if it is one.
    public var sharedService: ServiceName? {
        guard case .service(let name) = self else { return nil }
        return name
    }
}
