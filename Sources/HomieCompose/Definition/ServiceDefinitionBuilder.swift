import HomieModel

/// One service as the model has it.
struct ServiceDefinitionBuilder {
    let service: JSONValue
    let path: KeyPathText
    private let deploy: JSONValue?

    init(_ service: JSONValue, _ path: KeyPathText) {
        self.service = service
        self.path = path
        deploy = service["deploy"]
    }

    func build() throws(ComposeErrors) -> ServiceDefinition {
        var definition = ServiceDefinition()
        try addContent(to: &definition)
        try addLife(to: &definition)
        addRights(to: &definition)
        try addNamespaces(to: &definition)
        try addNetwork(to: &definition)
        try addStorage(to: &definition)
        definition.resources = ResourceLimitsBuilder(service).build()
        definition.logging = service["logging"].map {
            LoggingDefinition(driver: $0["driver"]?.stringValue, options: $0["options"]?.textPairs)
        }
        definition.deploy = remainingDeploy
        definition.homie = service["x-homie"]
        return definition
    }

    private func text(_ key: String) -> String? { service[key]?.stringValue }

    func issue(_ sentence: String, _ keys: [String], remedy: String? = nil) -> ComposeErrors {
        ComposeErrors(ComposeIssue(sentence, keyPath: KeyPathText(path.keys + keys).text, remedy: remedy))
    }

    // MARK: What runs, what it is called

    private func addContent(to definition: inout ServiceDefinition) throws(ComposeErrors) {
        definition.image = text("image")
        definition.build = service["build"].map(buildDefinition)
        definition.platform = text("platform")
        definition.command = service["command"]?.texts
        definition.entrypoint = service["entrypoint"]?.texts
        definition.environment = (service["environment"]?.textPairs ?? [:]).filter { !$0.key.isEmpty }
        definition.workingDirectory = text("working_dir")
        definition.user = text("user")
        definition.groups = service["group_add"]?.texts
        definition.hasTTY = service["tty"]?.boolValue
        definition.opensStdin = service["stdin_open"]?.boolValue
        definition.runsInit = service["init"]?.boolValue
        definition.runtime = text("runtime")
        definition.containerName = text("container_name")
        definition.hostname = text("hostname")
        definition.domainName = text("domainname")
        definition.labels = service["labels"]?.textPairs ?? [:]
        definition.annotations = service["annotations"]?.textPairs
        if let policy = text("pull_policy") {
            guard let known = PullPolicy(rawValue: policy) else {
                throw issue(
                    "'\(policy)' is not a pull policy",
                    ["pull_policy"],
                    remedy: "write always, missing or never"
                )
            }
            definition.pullPolicy = known
        }
    }

    private func buildDefinition(_ build: JSONValue) -> BuildDefinition {
        var definition = BuildDefinition(context: build["context"]?.stringValue ?? ".")
        definition.dockerfile = build["dockerfile"]?.stringValue
        definition.inlineDockerfile = build["dockerfile_inline"]?.stringValue
        definition.target = build["target"]?.stringValue
        definition.arguments = build["args"]?.textPairs
        definition.labels = build["labels"]?.textPairs
        definition.cacheFrom = build["cache_from"]?.texts
        definition.networkMode = build["network"]?.stringValue
        definition.extraHosts = build["extra_hosts"]?.texts?.map(Self.hostLine)
        definition.ignoresCache = build["no_cache"]?.boolValue
        definition.pullsBase = build["pull"]?.boolValue
        definition.sharedMemory = build["shm_size"]?.byteCount
        definition.tags = build["tags"]?.texts
        definition.platforms = build["platforms"]?.texts
        let keys = BuildKit.keys(in: build)
        definition.buildKitKeys = keys.isEmpty ? nil : keys
        return definition
    }

    // MARK: How it lives

    private func addLife(to definition: inout ServiceDefinition) throws(ComposeErrors) {
        definition.restart = try restartPolicy()
        definition.stopSignal = text("stop_signal")
        definition.stopGracePeriod = service["stop_grace_period"]?.timeSpan
        definition.profiles = service["profiles"]?.texts
        definition.postStart = try hooks("post_start")
        definition.preStop = try hooks("pre_stop")
        definition.replicas = Int(
            service["scale"]?.integerValue ?? deploy?["replicas"]?.integerValue ?? 1
        )
        guard definition.replicas >= 0, definition.replicas <= 1000 else {
            throw issue("must be from 0 to 1000", ["deploy", "replicas"])
        }
        if let check = service["healthcheck"] {
            var result = HealthcheckDefinition()
            result.test = check["disable"]?.boolValue == true ? ["NONE"] : check["test"]?.texts
            result.interval = check["interval"]?.timeSpan
            result.timeout = check["timeout"]?.timeSpan
            result.startPeriod = check["start_period"]?.timeSpan
            result.startInterval = check["start_interval"]?.timeSpan
            result.retries = check["retries"]?.integerValue.map { Int($0) }
            definition.healthcheck = result
        }
        for (key, dependency) in service["depends_on"]?.objectValue ?? [:] {
            let condition = dependency["condition"]?.stringValue ?? "service_started"
            guard let known = Dependency.Condition(rawValue: condition) else {
                throw issue("'\(condition)' is not a condition", ["depends_on", key, "condition"])
            }
            definition.dependsOn[try serviceName(key, path.appending("depends_on"))] = Dependency(
                condition: known,
                restarts: dependency["restart"]?.boolValue ?? false,
                isRequired: dependency["required"]?.boolValue ?? true
            )
        }
    }

    private func hooks(_ key: String) throws(ComposeErrors) -> [LifecycleHook]? {
        guard let written = service[key]?.arrayValue, !written.isEmpty else { return nil }
        var hooks: [LifecycleHook] = []
        for (index, hook) in written.enumerated() {
            guard let command = hook["command"]?.texts, !command.isEmpty else {
                throw issue(
                    "a hook needs a 'command'",
                    [key, "[\(index)]"],
                    remedy: "write what is to run in the container, e.g. command: [\"/bin/true\"]"
                )
            }
            var definition = LifecycleHook(command: command)
            definition.user = hook["user"]?.stringValue
            definition.isPrivileged = hook["privileged"]?.boolValue
            definition.workingDirectory = hook["working_dir"]?.stringValue
            definition.environment = hook["environment"]?.textPairs
            hooks.append(definition)
        }
        return hooks
    }

    private func restartPolicy() throws(ComposeErrors) -> RestartPolicy {
        if let policy = deploy?["restart_policy"] {
            let attempts = policy["max_attempts"]?.integerValue.map { Int($0) }
            switch policy["condition"]?.stringValue {
            case nil, "any", "always": return .always
            case "none", "no": return .never
            case "unless-stopped": return .unlessStopped
            case "on-failure": return .onFailure(maximumRetries: attempts == 0 ? nil : attempts)
            case let condition?:
                throw issue(
                    "'\(condition)' is not a condition",
                    ["deploy", "restart_policy", "condition"],
                    remedy: "write none, on-failure or any"
                )
            }
        }
        guard let text = text("restart") else { return .never }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        switch (parts[0], parts.count) {
        case ("no", 1): return .never
        case ("always", 1): return .always
        case ("unless-stopped", 1): return .unlessStopped
        case ("on-failure", 1): return .onFailure(maximumRetries: nil)
        case ("on-failure", 2):
            if let count = Int(parts[1]), count >= 0 { return .onFailure(maximumRetries: count == 0 ? nil : count) }
        default: break
        }
        throw issue(
            "'\(text)' is not a restart policy",
            ["restart"],
            remedy: "write \"no\", always, unless-stopped, on-failure or on-failure:3"
        )
    }

    /// What of `deploy` is not folded into other keys; nil when nothing is left.
    private var remainingDeploy: JSONValue? {
        guard var members = deploy?.objectValue else { return nil }
        for key in ["resources", "replicas", "restart_policy"] { members[key] = nil }
        return members.filter { $0.value.objectValue?.isEmpty != true }.isEmpty
            ? nil : .object(members.filter { $0.value.objectValue?.isEmpty != true })
    }

    static func hostLine(_ line: String) -> String {
        guard let equals = line.firstIndex(of: "=") else { return line }
        return line[..<equals] + ":" + line[line.index(after: equals)...]
    }
}
