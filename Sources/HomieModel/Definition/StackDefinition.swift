/// What a person wants to run: the valid, complete form of a Compose project.
///
/// Keys that are absent are left out of the JSON, so that a new optional key does not change what was stored before.
public struct StackDefinition: Sendable, Hashable, Codable {
    public var name: StackName
    public var services: [ServiceName: ServiceDefinition]
    /// Networks by their key in the file (`default` included when a service uses it).
    public var networks: [String: NetworkDefinition]
    /// Named volumes by their key in the file.
    public var volumes: [String: VolumeDefinition]
    public var configs: [String: FileSource]
    public var secrets: [String: FileSource]
    /// The top-level `x-homie` block, as written.
    public var homie: JSONValue?

    public init(
        name: StackName,
        services: [ServiceName: ServiceDefinition] = [:],
        networks: [String: NetworkDefinition] = [:],
        volumes: [String: VolumeDefinition] = [:],
        configs: [String: FileSource] = [:],
        secrets: [String: FileSource] = [:],
        homie: JSONValue? = nil
    ) {
        self.name = name
        self.services = services
        self.networks = networks
        self.volumes = volumes
        self.configs = configs
        self.secrets = secrets
        self.homie = homie
    }
}

/// A network of a stack (Compose Specification, "networks top-level element").
public struct NetworkDefinition: Sendable, Hashable, Codable {
    /// The engine's name of the network, e.g. `shop_default`.
    public var name: String
    /// True when someone else makes it; it is used, never created nor removed.
    public var isExternal: Bool = false
    public var driver: String?
    public var driverOptions: [String: String]?
    public var isInternal: Bool?
    public var isAttachable: Bool?
    public var enablesIPv6: Bool?
    public var labels: [String: String]?
    public var ipamDriver: String?
    public var ipamOptions: [String: String]?
    public var ipamPools: [IPAMPool]?

    public init(name: String) { self.name = name }
}

/// An address pool of a network.
public struct IPAMPool: Sendable, Hashable, Codable {
    public var subnet: String?
    public var gateway: String?
    public var ipRange: String?
    public var auxiliaryAddresses: [String: String]?

    public init() {}
}

/// A named volume of a stack (Compose Specification, "volumes top-level element").
public struct VolumeDefinition: Sendable, Hashable, Codable {
    /// The engine's name of the volume, e.g. `shop_data`.
    public var name: String
    /// True when someone else makes it; it is used, never created nor removed.
    public var isExternal: Bool = false
    public var driver: String?
    public var driverOptions: [String: String]?
    public var labels: [String: String]?

    public init(name: String) { self.name = name }
}

/// Where the content of a config or secret comes from.
public enum FileSource: Sendable, Hashable, Codable {
    /// An absolute path on the host.
    case file(String)
    case content(String)
    /// The value was taken from this environment variable when the file was read.
    case environment(name: String, value: String)
    /// Made elsewhere, by this name.
    case external(String)
}
