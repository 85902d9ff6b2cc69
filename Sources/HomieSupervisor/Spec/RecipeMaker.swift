import FoundationEssentials
import HomieModel
import HomiePlanning

/// Makes the recipe of a container from a planned creation.
enum RecipeMaker {
    static func recipe(
        _ creation: Creation,
        revision: RevisionRecord,
        service wanted: WantedService,
        replaced: ObservedContainer?,
        certificates: String? = nil
    ) -> ContainerRecipe? {
        guard let imageID = wanted.imageID, let digest = wanted.specDigest else { return nil }
        let stack = revision.definition
        var definition = certificates.map { wanted.definition.seeing(certificates: $0) } ?? wanted.definition
        if creation.isStandIn { definition.ports = definition.ports.map(Self.elsewhere) }
        let name = creation.instance.service
        var labels = definition.labels
        labels[ContainerLabels.project] = stack.name.text
        labels[ContainerLabels.service] = name.text
        labels[ContainerLabels.number] = String(creation.instance.index)
        labels[ContainerLabels.oneOff] = "False"
        labels[ContainerLabels.revision] = String(revision.number)
        labels[ContainerLabels.specDigest] = digest
        labels[ContainerLabels.definition] = DefinitionLabel(of: name, in: stack)?.text
        if creation.isStandIn { labels[ContainerLabels.standIn] = "true" }
        if !creation.namespaces.isEmpty {
            labels[ContainerLabels.namespaces] =
                creation.namespaces.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: ",")
        }
        let volumeKeys = Set(definition.mounts.filter { $0.kind == .volume }.compactMap(\.source))
        let configKeys = Set((definition.configs ?? []).map(\.source))
        let secretKeys = Set((definition.secrets ?? []).map(\.source))
        return ContainerRecipe(
            name: creation.name,
            stack: stack.name,
            service: name,
            index: creation.instance.index,
            definition: definition,
            imageID: imageID,
            labels: labels,
            networks: stack.networks.filter { definition.networks[$0.key] != nil },
            volumes: stack.volumes.filter { volumeKeys.contains($0.key) },
            configs: stack.configs.filter { configKeys.contains($0.key) },
            secrets: stack.secrets.filter { secretKeys.contains($0.key) },
            anonymousVolumes: carried(from: replaced, to: definition, in: stack),
            namespaceContainers: creation.namespaces
        )
    }

    /// The same port of the container, at a port of the host that the engine picks.
    private static func elsewhere(_ port: PortMapping) -> PortMapping {
        var port = port
        if port.hostPort != nil { port.published = nil }
        return port
    }

    /// Volumes of the replaced container that no named volume or bind of the new definition takes the place of.
    private static func carried(
        from old: ObservedContainer?,
        to definition: ServiceDefinition,
        in stack: StackDefinition
    ) -> [String: String] {
        guard let old else { return [:] }
        let named = Set(stack.volumes.values.map(\.name))
        let taken = Set(definition.mounts.filter { $0.source != nil }.map(\.target))
        var result: [String: String] = [:]
        for mount in old.mounts where mount.kind == .volume {
            guard let volume = mount.volume, !named.contains(volume), !taken.contains(mount.destination) else {
                continue
            }
            result[mount.destination] = volume
        }
        return result
    }
}

extension ServiceDefinition {
    /// With the directory of the host that its certificate is in.
    fileprivate func seeing(certificates directory: String) -> ServiceDefinition {
        var definition = self
        var mount = MountDefinition(kind: .bind, source: directory, target: ServiceTLS.directory)
        mount.isReadOnly = true
        // An empty directory in its place would be worse than a container that does not start.
        mount.bindCreatesHostPath = false
        definition.mounts.append(mount)
        if definition.environment[ServiceTLS.variable] == nil {
            definition.environment[ServiceTLS.variable] = ServiceTLS.directory
        }
        return definition
    }
}

/// What a container's label remembers of its definition, so that lost state can be rebuilt; content of configs and
/// secrets, the values of variables and of fields that routes set, and passwords of drivers are never in it.
struct DefinitionLabel: Codable {
    var service: ServiceDefinition
    /// The names of the service's variables, whose values the engine has; nil where an earlier release put them in the
    /// label.
    var variables: [String]?
    var networks: [String: NetworkDefinition]
    var volumes: [String: VolumeDefinition]
    var configs: [String: String]
    var secrets: [String: String]

    init?(of name: ServiceName, in stack: StackDefinition) {
        guard let service = stack.services[name] else { return nil }
        self.service = service
        self.service.environment = [:]
        self.service.build?.arguments = nil
        self.service.postStart = service.postStart?.map(Self.withoutVariables)
        self.service.preStop = service.preStop?.map(Self.withoutVariables)
        self.service.homie = Self.withoutFields(service.homie)
        self.service.logging?.options = Self.withoutPasswords(service.logging?.options)
        variables = service.environment.keys.sorted()
        networks = stack.networks.filter { service.networks[$0.key] != nil }
        let keys = Set(service.mounts.compactMap(\.source))
        volumes = stack.volumes.filter { keys.contains($0.key) }
            .mapValues { volume in
                var volume = volume
                volume.driverOptions = Self.withoutPasswords(volume.driverOptions)
                return volume
            }
        configs = Self.files(service.configs, stack.configs)
        secrets = Self.files(service.secrets, stack.secrets)
    }

    private static func withoutVariables(_ hook: LifecycleHook) -> LifecycleHook {
        var hook = hook
        hook.environment = nil
        return hook
    }

    /// The service with its variables' values.
    ///
    /// - Parameter environment: all variables of the container, also those of its image.
    func service(in environment: [String: String]) -> ServiceDefinition {
        var service = service
        for name in variables ?? [] { service.environment[name] = environment[name] }
        return service
    }

    private static func files(_ grants: [FileGrant]?, _ sources: [String: FileSource]) -> [String: String] {
        var result: [String: String] = [:]
        for grant in grants ?? [] {
            if case .file(let path)? = sources[grant.source] { result[grant.source] = path }
        }
        return result
    }

    var text: String? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) }
    }

    init?(text: String) {
        guard let decoded = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)) else { return nil }
        self = decoded
    }

    /// The definition that a container was made from; nil where its labels do not say.
    static func service(of container: ObservedContainer) -> ServiceDefinition? {
        container.labels[ContainerLabels.definition].flatMap(DefinitionLabel.init(text:))?.service
    }
}
