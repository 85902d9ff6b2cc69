public import HomieModel

/// Everything the engine needs to create one container.
public struct ContainerRecipe: Sendable, Hashable {
    public var name: String
    public var stack: StackName
    public var service: ServiceName
    /// The replica's number, from 1.
    public var index: Int
    public var definition: ServiceDefinition
    /// The image ID to run (`sha256:…`).
    public var imageID: String
    /// All labels, Homie's and Compose's included.
    public var labels: [String: String]
    /// Networks of the stack by key (name, external …).
    public var networks: [String: NetworkDefinition]
    public var volumes: [String: VolumeDefinition]
    public var configs: [String: FileSource]
    public var secrets: [String: FileSource]
    /// Anonymous volumes carried over from the container this one replaces: volume name by destination.
    public var anonymousVolumes: [String: String]
    /// IDs of the containers whose namespaces are shared, by service.
    public var namespaceContainers: [ServiceName: String]

    public init(
        name: String,
        stack: StackName,
        service: ServiceName,
        index: Int,
        definition: ServiceDefinition,
        imageID: String,
        labels: [String: String],
        networks: [String: NetworkDefinition] = [:],
        volumes: [String: VolumeDefinition] = [:],
        configs: [String: FileSource] = [:],
        secrets: [String: FileSource] = [:],
        anonymousVolumes: [String: String] = [:],
        namespaceContainers: [ServiceName: String] = [:]
    ) {
        self.name = name
        self.stack = stack
        self.service = service
        self.index = index
        self.definition = definition
        self.imageID = imageID
        self.labels = labels
        self.networks = networks
        self.volumes = volumes
        self.configs = configs
        self.secrets = secrets
        self.anonymousVolumes = anonymousVolumes
        self.namespaceContainers = namespaceContainers
    }
}

/// Every container, as the engine shows them.
public struct EngineListing: Sendable, Hashable {
    public var containers: [ObservedContainer]
    /// IDs of those of which only the engine's list tells, because they could not be inspected: what such a list does not
    /// say (when it was started and ended, its process, its ports) is missing or estimated.
    public var outlined: Set<String>

    public init(containers: [ObservedContainer], outlined: Set<String> = []) {
        self.containers = containers
        self.outlined = outlined
    }
}

/// What the engine reports as it happens.
public enum EngineEvent: Sendable, Hashable {
    /// The event stream is up (again); everything must be looked at anew.
    case connected
    case disconnected(reason: String)
    /// Something happened to a container: `create`, `start`, `die`, `oom`, `pause`, `health_status: healthy` …
    case container(id: String, action: String, attributes: [String: String], at: Timestamp)
}

/// Which part of a log is wanted.
public struct LogOptions: Sendable, Hashable {
    public var follows: Bool
    /// The last this many lines; nil for all.
    public var tail: Int?
    public var since: Timestamp?

    public init(follows: Bool = false, tail: Int? = nil, since: Timestamp? = nil) {
        self.follows = follows
        self.tail = tail
        self.since = since
    }
}

/// One line of a container's log.
public struct LogLine: Sendable, Hashable, Codable {
    public enum Channel: String, Sendable, Hashable, Codable {
        case stdout, stderr
    }

    public var at: Timestamp?
    public var channel: Channel
    public var text: String

    public init(at: Timestamp?, channel: Channel, text: String) {
        self.at = at
        self.channel = channel
        self.text = text
    }
}

/// How a command in a container ended.
public struct ExecutionResult: Sendable, Hashable {
    public var exitCode: Int
    public var output: String

    public init(exitCode: Int, output: String) {
        self.exitCode = exitCode
        self.output = output
    }
}

/// How far a pull or build is.
public struct PullProgress: Sendable, Hashable {
    public var message: String
    public var completed: ByteCount?
    public var total: ByteCount?

    public init(message: String, completed: ByteCount? = nil, total: ByteCount? = nil) {
        self.message = message
        self.completed = completed
        self.total = total
    }
}

/// Networks and volumes of one stack that exist, by engine name.
public struct EngineResourceNames: Sendable, Hashable {
    public var networks: Set<String>
    public var volumes: Set<String>

    public init(networks: Set<String>, volumes: Set<String>) {
        self.networks = networks
        self.volumes = volumes
    }
}

/// Facts about the engine.
public struct EngineInformation: Sendable, Hashable, Codable {
    public var version: String
    public var apiVersion: String
    public var storageDriver: String
    public var dataDirectory: String

    public init(version: String, apiVersion: String, storageDriver: String, dataDirectory: String) {
        self.version = version
        self.apiVersion = apiVersion
        self.storageDriver = storageDriver
        self.dataDirectory = dataDirectory
    }
}
