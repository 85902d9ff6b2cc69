internal import HomieHTTP
public import HomieModel
public import HomieSupervisor

extension DockerEngine {
    public func ensureNetwork(_ network: NetworkDefinition, key: String, stack: StackName) async throws {
        if let existing = try await self.network(network.name) {
            if !network.isExternal { try Self.check(existing, is: network, of: stack) }
            return
        }
        if network.isExternal { throw EngineError.externalNetworkMissing(network.name) }
        let call = try EngineCall(.post, "/networks/create", action: "create network '\(network.name)'")
            .sending(NetworkCreateRequest(network, key: key, stack: stack))
        do {
            try await connection.perform(call)
        } catch EngineError.refused(_, let answer)
            where answer.status == 409 && answer.message.contains("already exists")
        {
            // Someone was faster.
            guard let existing = try await self.network(network.name) else {
                throw EngineError.refused(action: call.action, answer: answer)
            }
            try Self.check(existing, is: network, of: stack)
        }
    }

    public func removeNetwork(_ name: String) async throws {
        try await ignoring(404) {
            try await connection.perform(
                EngineCall(.delete, "/networks/\(EngineCall.segment(name))", action: "remove network '\(name)'")
            )
        }
    }

    public func ensureVolume(_ volume: VolumeDefinition, key: String, stack: StackName) async throws {
        let existing: VolumeInspection? = try await connection.find(
            EngineCall(.get, "/volumes/\(EngineCall.segment(volume.name))", action: "look at volume '\(volume.name)'")
        )
        if let existing {
            let owner = existing.Labels?[ContainerLabels.project]
            guard volume.isExternal || owner == stack.text else {
                throw EngineError.foreignVolume(volume.name, stack: stack, owner: owner)
            }
            return
        }
        if volume.isExternal { throw EngineError.externalVolumeMissing(volume.name) }
        let call = try EngineCall(.post, "/volumes/create", action: "create volume '\(volume.name)'")
            .sending(VolumeCreateRequest(volume, key: key, stack: stack))
        try await connection.perform(call)
    }

    public func removeVolume(_ name: String) async throws {
        try await ignoring(404) {
            try await connection.perform(
                EngineCall(.delete, "/volumes/\(EngineCall.segment(name))", action: "remove volume '\(name)'")
            )
        }
    }

    public func resources(of stack: StackName) async throws -> EngineResourceNames {
        let filter = EngineCall.filters(["label": ["\(ContainerLabels.project)=\(stack)"]])
        let networks: [NetworkInspection] = try await connection.fetch(
            EngineCall(.get, "/networks", query: [filter], action: "list the networks")
        )
        let volumes: VolumeListing = try await connection.fetch(
            EngineCall(.get, "/volumes", query: [filter], action: "list the volumes")
        )
        return EngineResourceNames(
            networks: Set(networks.map(\.Name)),
            volumes: Set((volumes.Volumes ?? []).map(\.Name))
        )
    }

    public func information() async throws -> EngineInformation {
        let version = try await connection.version()
        let info: InfoAnswer = try await connection.fetch(
            EngineCall(.get, "/info", action: "ask the Docker Engine about itself")
        )
        return EngineInformation(
            version: info.ServerVersion ?? "",
            apiVersion: "\(version)",
            storageDriver: info.Driver ?? "",
            dataDirectory: info.DockerRootDir ?? ""
        )
    }

    /// The network of that very name: the engine also finds networks by the beginning of their ID.
    private func network(_ name: String) async throws -> NetworkInspection? {
        let found: NetworkInspection? = try await connection.find(
            EngineCall(.get, "/networks/\(EngineCall.segment(name))", action: "look at network '\(name)'")
        )
        return found?.Name == name ? found : nil
    }

    private static func check(
        _ existing: NetworkInspection,
        is network: NetworkDefinition,
        of stack: StackName
    ) throws(EngineError) {
        let owner = existing.Labels?[ContainerLabels.project]
        guard owner == stack.text else { throw .foreignNetwork(network.name, stack: stack, owner: owner) }
        if let driver = network.driver, let actual = existing.Driver, driver != actual {
            throw .networkDiffers(network.name, setting: "driver (\(actual), not \(driver))")
        }
        if (network.isInternal ?? false) != (existing.Internal ?? false) {
            throw .networkDiffers(network.name, setting: "value of 'internal'")
        }
        let wanted = Set((network.ipamPools ?? []).compactMap(\.subnet))
        let actual = Set((existing.IPAM?.Config ?? []).compactMap(\.Subnet))
        if !wanted.isSubset(of: actual) { throw .networkDiffers(network.name, setting: "subnet") }
    }
}

extension NetworkCreateRequest {
    init(_ network: NetworkDefinition, key: String, stack: StackName) {
        let pools = network.ipamPools?.map {
            Addressing.Pool(
                Subnet: $0.subnet,
                IPRange: $0.ipRange,
                Gateway: $0.gateway,
                AuxiliaryAddresses: $0.auxiliaryAddresses
            )
        }
        let hasIPAM = network.ipamDriver != nil || network.ipamOptions != nil || pools != nil
        var labels = network.labels ?? [:]
        labels[ContainerLabels.project] = stack.text
        labels[ContainerLabels.network] = key
        labels.merge(ResourceLabels.common) { _, own in own }
        self.init(
            Name: network.name,
            Driver: network.driver,
            Internal: network.isInternal,
            Attachable: network.isAttachable,
            EnableIPv6: network.enablesIPv6,
            IPAM: hasIPAM
                ? Addressing(Driver: network.ipamDriver ?? "default", Config: pools, Options: network.ipamOptions)
                : nil,
            Options: network.driverOptions,
            Labels: labels
        )
    }
}

extension VolumeCreateRequest {
    init(_ volume: VolumeDefinition, key: String, stack: StackName) {
        var labels = volume.labels ?? [:]
        labels[ContainerLabels.project] = stack.text
        labels[ContainerLabels.volume] = key
        labels.merge(ResourceLabels.common) { _, own in own }
        self.init(Name: volume.name, Driver: volume.driver, DriverOpts: volume.driverOptions, Labels: labels)
    }
}

/// Labels of everything that is made for a stack.
enum ResourceLabels {
    static let common = [
        ContainerLabels.composeVersion: "2.26.0",
        ContainerLabels.managed: "true",
    ]
}
