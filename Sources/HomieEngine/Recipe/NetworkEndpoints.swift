internal import HomieModel
internal import HomieSupervisor

/// How a container is attached to its networks.
struct NetworkEndpoints {
    /// `HostConfig.NetworkMode`.
    var mode: String?
    /// Attachments made with the container, by the networks' engine names.
    var atCreation: [String: EndpointSettings]?
    /// Attachments that need calls of their own: engines before API 1.44 take one at creation.
    var afterwards: [CreatePlan.NetworkJoin] = []
    /// Set where the MAC address belongs to the container, not to an attachment.
    var containerMACAddress: String?

    private static let several = APIVersion(major: 1, minor: 44)
    private static let builtIn: Set<String> = ["bridge", "default", "host", "none"]

    init(_ recipe: ContainerRecipe, version: APIVersion) throws {
        let definition = recipe.definition
        if let namespace = definition.networkMode {
            mode = try recipe.engineMode(namespace)
            containerMACAddress = definition.macAddress
            return
        }
        let sorted = definition.networks.sorted { left, right in
            let (first, second) = (left.value.priority ?? 0, right.value.priority ?? 0)
            return first == second ? left.key < right.key : first > second
        }
        var joins: [CreatePlan.NetworkJoin] = []
        for (key, attachment) in sorted {
            guard let network = recipe.networks[key] else {
                throw EngineError.undefined(what: "network '\(key)'", container: recipe.name)
            }
            joins.append(
                .init(network: network.name, settings: Self.settings(attachment, of: recipe, network: network.name))
            )
        }
        guard !joins.isEmpty else {
            mode = "none"
            return
        }
        mode = joins[0].network
        if version >= Self.several {
            joins[0].settings.MacAddress = joins[0].settings.MacAddress ?? definition.macAddress
            atCreation = Dictionary(joins.map { ($0.network, $0.settings) }) { first, _ in first }
        } else {
            containerMACAddress = definition.macAddress ?? joins[0].settings.MacAddress
            joins[0].settings.MacAddress = nil
            atCreation = [joins[0].network: joins[0].settings]
            afterwards = Array(joins.dropFirst())
        }
    }

    private static func settings(
        _ attachment: NetworkAttachment,
        of recipe: ContainerRecipe,
        network: String
    ) -> EndpointSettings {
        var settings = EndpointSettings(
            MacAddress: attachment.macAddress,
            DriverOpts: attachment.driverOptions
        )
        if attachment.ipv4Address != nil || attachment.ipv6Address != nil || attachment.linkLocalAddresses != nil {
            settings.IPAMConfig = .init(
                IPv4Address: attachment.ipv4Address,
                IPv6Address: attachment.ipv6Address,
                LinkLocalIPs: attachment.linkLocalAddresses
            )
        }
        // The engine's own networks know no names.
        guard !builtIn.contains(network) else { return settings }
        // A one-off must not be taken for a replica of its service.
        let isOneOff = recipe.labels[ContainerLabels.oneOff] == "True"
        var aliases = isOneOff ? [] : [recipe.service.text]
        for alias in attachment.aliases ?? [] where !aliases.contains(alias) { aliases.append(alias) }
        settings.Aliases = aliases
        settings.Links = links(of: recipe.definition).nonEmpty
        return settings
    }

    /// `name:alias` pairs. A link without an alias is what the service's name does anyway; the engine resolves the
    /// name of the others when it is asked for, so that a service's name is as good as a container's.
    private static func links(of definition: ServiceDefinition) -> [String] {
        var links: [String] = []
        for link in definition.links ?? [] {
            let parts = link.split(separator: ":", maxSplits: 1)
            if parts.count == 2, parts[0] != parts[1] { links.append(link) }
        }
        for link in definition.externalLinks ?? [] { links.append(link.contains(":") ? link : "\(link):\(link)") }
        return links
    }
}

extension ContainerRecipe {
    /// A namespace mode as the engine takes it.
    func engineMode(_ mode: NamespaceMode) throws -> String {
        switch mode {
        case .plain(let text): return text
        case .container(let name): return "container:\(name)"
        case .service(let service):
            guard let id = namespaceContainers[service] else {
                throw EngineError.undefined(what: "container of service '\(service)' to share with", container: name)
            }
            return "container:\(id)"
        }
    }
}
