public import HomieModel

/// The wanted state of one stack, as the planner needs it.
public struct WantedStack: Sendable, Hashable {
    public var name: StackName
    public var revision: Int
    public var services: [ServiceName: WantedService]
    /// Networks and volumes by their key in the file.
    public var networks: [String: NetworkDefinition]
    public var volumes: [String: VolumeDefinition]
    /// Containers of the project that Homie did not make and the file does not name go, too.
    public var removesOrphans: Bool
    /// The stack is being taken down.
    public var isLeaving: Bool
    /// With ``isLeaving``: named volumes go, too.
    public var removesVolumes: Bool
    /// The revision that healing may go back to: the last good one, when it is another than the wanted one.
    public var lastGood: Int?

    public init(
        name: StackName,
        revision: Int,
        services: [ServiceName: WantedService],
        networks: [String: NetworkDefinition] = [:],
        volumes: [String: VolumeDefinition] = [:],
        removesOrphans: Bool = false,
        isLeaving: Bool = false,
        removesVolumes: Bool = false,
        lastGood: Int? = nil
    ) {
        self.name = name
        self.revision = revision
        self.services = services
        self.networks = networks
        self.volumes = volumes
        self.removesOrphans = removesOrphans
        self.isLeaving = isLeaving
        self.removesVolumes = removesVolumes
        self.lastGood = lastGood
    }

    /// The container's name for one replica: `container_name`, else `stack-service-index` as Compose has it.
    public func containerName(of instance: Instance) -> String {
        services[instance.service]?.definition.containerName ?? "\(name)-\(instance.service)-\(instance.index)"
    }
}

/// The wanted state of one service.
public struct WantedService: Sendable, Hashable {
    public var definition: ServiceDefinition
    /// `sha256:…`; nil until the reference was looked up.
    public var imageID: String?
    /// True when a health check runs, be it the file's or the image's.
    public var hasHealthcheck: Bool
    /// Digest of everything that goes into the container; nil until the image is known.
    public var specDigest: String?
    /// How it is helped when it does not run as it should.
    public var healing: HealingPolicy

    public init(
        definition: ServiceDefinition,
        imageID: String? = nil,
        hasHealthcheck: Bool = false,
        specDigest: String? = nil,
        healing: HealingPolicy = HealingPolicy()
    ) {
        self.definition = definition
        self.imageID = imageID
        self.hasHealthcheck = hasHealthcheck
        self.specDigest = specDigest
        self.healing = healing
    }
}

extension ServiceDefinition {
    /// The services whose namespaces this one lives in.
    public var namespaceParents: [ServiceName] {
        var parents: [ServiceName] = []
        for mode in [networkMode, ipc, pid] {
            if let parent = mode?.sharedService, !parents.contains(parent) { parents.append(parent) }
        }
        return parents
    }
}
