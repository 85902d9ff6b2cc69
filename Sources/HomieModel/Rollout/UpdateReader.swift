/// Reads how a service is updated from its `x-homie.update` block and from Compose's `deploy.update_config` and
/// `deploy.rollback_config`; what the block says counts more.
///
/// ```yaml
/// x-homie:
///   update:                 # or one word: a strategy
///     strategy: canary      # rolling, blue-green, canary, recreate; Homie chooses when absent
///     batch: 2
///     pause: 10s
///     monitor: 30s
///     max_failures: 0.25    # of the new replicas; none when absent
///     canary: {steps: [5, 25, 50], hold: 2m, max_error_rate: 0.01, max_slowdown: 0.2, min_requests: 50}
///     images: auto          # off, notify, auto
///     settle: 1d
///     window: "sun 03:00-05:00"
/// ```
public struct UpdateReader: Sendable {
    let service: ServiceName
    let definition: ServiceDefinition

    public init(service: ServiceName, definition: ServiceDefinition) {
        self.service = service
        self.definition = definition
    }

    /// - Throws: ``UpdateSettingsError`` naming the first key that is wrong.
    public func settings() throws(UpdateSettingsError) -> UpdateSettings {
        var settings = UpdateSettings()
        if let block = definition.deploy?["update_config"] { try readCompose(block, into: &settings) }
        if let block = definition.deploy?["rollback_config"] { settings.rollback = try rollback(block) }
        switch definition.homie?["update"] {
        case nil: break
        case .string?: settings.strategy = try choice(definition.homie?["update"], "x-homie.update")
        case .object(let block)?: try readBlock(block, into: &settings)
        default: throw error("x-homie.update", "is neither a strategy nor a block")
        }
        // `x-homie.gateway.canary` may say it, too: it is where the weights are applied.
        if let block = definition.homie?["gateway"]?["canary"] {
            try readCanary(block, at: "x-homie.gateway.canary", into: &settings)
            settings.strategy = settings.strategy ?? .canary
        }
        return settings
    }

    /// Compose Deploy Specification, `update_config`.
    private func readCompose(_ block: JSONValue, into settings: inout UpdateSettings) throws(UpdateSettingsError) {
        let place = "deploy.update_config"
        if let value = block["parallelism"] { settings.batch = try number(value, "\(place).parallelism", 0...1000) }
        if let value = block["delay"] { settings.pause = try span(value, "\(place).delay") }
        if let value = block["monitor"] { settings.monitor = try span(value, "\(place).monitor") }
        if let value = block["order"] {
            settings.order = try choice(value, "\(place).order")
            settings.strategy = .rolling
        } else if block["parallelism"] != nil {
            settings.strategy = .rolling
            // What Compose and Swarm do when nothing is said.
            settings.order = .stopFirst
        }
        if let value = block["failure_action"] {
            settings.onFailure = try choice(value, "\(place).failure_action")
            settings.isFailureActionExplicit = true
        }
        if let value = block["max_failure_ratio"] {
            settings.maximumFailureShare = try share(value, "\(place).max_failure_ratio", upTo: 1)
        }
    }

    /// Compose Deploy Specification, `rollback_config`: the same keys, for the way back.
    private func rollback(_ block: JSONValue) throws(UpdateSettingsError) -> RollbackSettings {
        let place = "deploy.rollback_config"
        var settings = RollbackSettings()
        if let value = block["parallelism"] { settings.batch = try number(value, "\(place).parallelism", 0...1000) }
        if let value = block["delay"] { settings.pause = try span(value, "\(place).delay") }
        if let value = block["monitor"] { settings.monitor = try span(value, "\(place).monitor") }
        if let value = block["order"] { settings.order = try choice(value, "\(place).order") }
        if let value = block["failure_action"] {
            let action: UpdateSettings.FailureAction = try choice(value, "\(place).failure_action")
            guard action != .rollback else {
                throw error(
                    "\(place).failure_action",
                    "is not one of pause, continue",
                    hint: "there is no way back from a way back"
                )
            }
            settings.pausesOnFailure = action == .pause
        }
        if let value = block["max_failure_ratio"] {
            settings.maximumFailureShare = try share(value, "\(place).max_failure_ratio", upTo: 1)
        }
        return settings
    }

    private func readBlock(
        _ block: [String: JSONValue],
        into settings: inout UpdateSettings
    ) throws(UpdateSettingsError) {
        let place = "x-homie.update"
        let known: Set<String> = [
            "strategy", "order", "batch", "pause", "monitor", "ready_within", "drain", "on_failure", "max_failures",
            "canary", "websocket", "lock_file", "images", "settle", "window",
        ]
        try refuseUnknown(block, known, at: place)
        if let value = block["strategy"] { settings.strategy = try choice(value, "\(place).strategy") }
        if let value = block["order"] { settings.order = try choice(value, "\(place).order") }
        if let value = block["batch"] {
            settings.batch = value.stringValue == "all" ? 0 : try number(value, "\(place).batch", 0...1000)
        }
        if let value = block["pause"] { settings.pause = try span(value, "\(place).pause") }
        if let value = block["monitor"] { settings.monitor = try span(value, "\(place).monitor") }
        if let value = block["ready_within"] { settings.readyWithin = try span(value, "\(place).ready_within") }
        if let value = block["drain"] { settings.drain = try span(value, "\(place).drain") }
        if let value = block["on_failure"] {
            settings.onFailure = try choice(value, "\(place).on_failure")
            settings.isFailureActionExplicit = true
        }
        if let value = block["max_failures"] {
            settings.maximumFailureShare = try share(value, "\(place).max_failures", upTo: 1)
        }
        if let value = block["canary"] { try readCanary(value, at: "\(place).canary", into: &settings) }
        if let value = block["websocket"] {
            guard let text = value.stringValue, let path = try? RoutePath(parsing: text) else {
                throw error("\(place).websocket", "is not a path", hint: "write it like '/ws'")
            }
            settings.webSocketPath = path
        }
        if let value = block["lock_file"] {
            guard let path = value.stringValue, path.hasPrefix("/"), !path.utf8.contains(0) else {
                throw error("\(place).lock_file", "is not an absolute path")
            }
            settings.lockFile = path
        }
        try readImages(block, into: &settings)
    }

    private func readImages(
        _ block: [String: JSONValue],
        into settings: inout UpdateSettings
    ) throws(UpdateSettingsError) {
        let place = "x-homie.update"
        if let value = block["images"] {
            // YAML 1.1 reads `off` as false.
            settings.images.mode = value == .bool(false) ? .off : try choice(value, "\(place).images")
        }
        if let value = block["settle"] { settings.images.settle = try span(value, "\(place).settle") }
        if let value = block["window"] {
            guard let text = value.stringValue, let window = try? MaintenanceWindow(parsing: text) else {
                throw error("\(place).window", "is not a window", hint: "write it like 'sun 03:00-05:00'")
            }
            settings.images.window = window
        }
    }

    private func readCanary(
        _ value: JSONValue,
        at place: String,
        into settings: inout UpdateSettings
    ) throws(UpdateSettingsError) {
        guard let block = value.objectValue else { throw error(place, "is not a block") }
        try refuseUnknown(
            block,
            ["steps", "hold", "max_error_rate", "maxErrorRate", "max_slowdown", "min_requests"],
            at: place
        )
        if let value = block["steps"] {
            guard let list = value.arrayValue, !list.isEmpty, list.count <= 20 else {
                throw error("\(place).steps", "is not a list of percentages", hint: "write it like [5, 25, 50]")
            }
            var steps: [Int] = []
            for step in list {
                let percent = try number(step, "\(place).steps", 1...100)
                guard percent > steps.last ?? 0 else { throw error("\(place).steps", "does not rise") }
                steps.append(percent)
            }
            settings.canary.steps = steps
        }
        if let value = block["hold"] { settings.canary.hold = try span(value, "\(place).hold") }
        if let value = block["max_error_rate"] ?? block["maxErrorRate"] {
            settings.canary.maximumErrorRate = try share(value, "\(place).max_error_rate", upTo: 1)
        }
        if let value = block["max_slowdown"] {
            settings.canary.maximumSlowdown = try share(value, "\(place).max_slowdown", upTo: 100)
        }
        if let value = block["min_requests"] {
            settings.canary.minimumSample = try number(value, "\(place).min_requests", 0...1_000_000)
        }
    }
}
