internal import HomieModel
internal import HomieSupervisor

/// What creating a container of a recipe takes: the engine's request, and what has to follow it.
struct CreatePlan: Sendable, Hashable {
    var request: CreateRequest
    /// Networks to join after creation, in order, by engine name.
    var furtherNetworks: [NetworkJoin]
    /// Files to write into the container before its first start.
    var inlineFiles: [InlineFile]

    struct NetworkJoin: Sendable, Hashable {
        var network: String
        var settings: EndpointSettings
    }

    /// True when the container is not complete once it is created.
    var hasFollowUp: Bool { !furtherNetworks.isEmpty || !inlineFiles.isEmpty }
}

extension CreatePlan {
    /// - Throws: ``EngineError`` when the recipe names what its stack does not have.
    init(_ recipe: ContainerRecipe, version: APIVersion, readFile: FileReader) throws {
        let definition = recipe.definition
        let endpoints = try NetworkEndpoints(recipe, version: version)
        var storage = try StorageMapping(recipe, version: version)
        let grants = try GrantMapping(recipe)
        storage.mounts += grants.mounts
        if definition.isReadOnly == true, let file = grants.inlineFiles.first {
            throw EngineError.readOnlyRoot(file: file.path, container: recipe.name)
        }
        var host = try HostConfiguration(recipe, version: version, readFile: readFile)
        host.NetworkMode = endpoints.mode
        host.Binds = storage.binds.nonEmpty
        host.Mounts = storage.mounts.nonEmpty
        host.Tmpfs = storage.tmpfs.nonEmpty
        request = CreateRequest(
            Hostname: definition.hostname,
            Domainname: definition.domainName,
            User: definition.user,
            Tty: definition.hasTTY,
            OpenStdin: definition.opensStdin,
            Env: definition.environment.map { "\($0.key)=\($0.value)" }.sorted().nonEmpty,
            Cmd: definition.command,
            // The engine takes an empty list for "the image's own"; one empty word clears it.
            Entrypoint: definition.entrypoint.map { $0.isEmpty ? [""] : $0 },
            Healthcheck: definition.healthcheck.map { CreateRequest.HealthConfig($0, version: version) },
            Image: recipe.imageID,
            WorkingDir: definition.workingDirectory,
            MacAddress: endpoints.containerMACAddress,
            Labels: recipe.labels,
            StopSignal: definition.stopSignal,
            StopTimeout: definition.stopGracePeriod.map(\.wholeSeconds),
            ExposedPorts: try PortTable.exposed(definition).nonEmpty,
            HostConfig: host,
            NetworkingConfig: endpoints.atCreation.map { .init(EndpointsConfig: $0) }
        )
        furtherNetworks = endpoints.afterwards
        inlineFiles = grants.inlineFiles
    }
}

extension CreateRequest.HealthConfig {
    init(_ check: HealthcheckDefinition, version: APIVersion) {
        self.init(
            Test: check.test,
            Interval: check.interval?.nanoseconds,
            Timeout: check.timeout?.nanoseconds,
            StartPeriod: check.startPeriod?.nanoseconds,
            StartInterval: version >= APIVersion(major: 1, minor: 44) ? check.startInterval?.nanoseconds : nil,
            Retries: check.retries
        )
    }
}

extension TimeSpan {
    /// Rounded up; never negative, which the engine would take for "for ever".
    var wholeSeconds: Int64 {
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return max(0, rest > 0 ? seconds + 1 : seconds)
    }
}

extension Collection {
    /// nil instead of an empty collection.
    var nonEmpty: Self? { isEmpty ? nil : self }
}
