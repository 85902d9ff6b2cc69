public import HomieModel

/// Which strategy a service is updated by, and what stands in the way of a better one.
public struct UpdateChoice: Sendable {
    public var strategy: UpdateSettings.Strategy
    public var settings: UpdateSettings
    /// Why requests may fail while it is updated, in one clause; nil when none need to.
    public var obstacle: String?
    /// Its block is wrong, and Homie's own choice holds instead.
    public var error: UpdateSettingsError?

    /// - Parameters:
    ///   - canSteer: a gateway is there to move the requests.
    ///   - isRouted: a route made by hand leads to it.
    public init(of service: ServiceName, in stack: StackDefinition, canSteer: Bool, isRouted: Bool = false) {
        let definition = stack.services[service] ?? ServiceDefinition()
        settings = UpdateSettings()
        do throws(UpdateSettingsError) {
            settings = try UpdateReader(service: service, definition: definition).settings()
        } catch {
            self.error = error
        }
        strategy = .recreate
        let reader = RouteReader(stack: stack.name, service: service, definition: definition)
        let isExposed = isRouted || (try? reader.routes().isEmpty) == false
        if settings.strategy == .recreate {
            obstacle = "x-homie.update says recreate"
            return
        }
        if let why = Self.hardObstacle(of: service, definition, in: stack, order: settings.order) {
            obstacle = why
            return
        }
        guard isExposed else {
            obstacle = "it is not reached through the gateway"
            // What nobody is switched over to is only begun beside the old one when somebody asked for it.
            if settings.strategy != nil {
                strategy = settings.strategy == .canary ? .rolling : settings.strategy ?? .rolling
            }
            return
        }
        guard canSteer else {
            obstacle = "the gateway is off"
            return
        }
        if settings.strategy == nil, definition.replicas < 2, let volume = Self.ownVolume(of: definition) {
            obstacle =
                "it writes to \(volume), which two versions may not share; x-homie.update.strategy says when they may"
            return
        }
        strategy = settings.strategy ?? (definition.replicas > 1 ? .rolling : .blueGreen)
        if settings.order == .stopFirst, definition.replicas < 2, strategy == .rolling {
            strategy = .recreate
            obstacle = "deploy.update_config stops the only replica first"
        }
    }

    /// A planned re-creation with how it is done, and why requests may fail meanwhile.
    public static func explain(
        _ change: PlannedChange,
        in stack: StackDefinition,
        canSteer: Bool,
        routed: Set<ServiceName> = []
    ) -> PlannedChange {
        let name = change.name.split(separator: "/").first.map { String($0) } ?? change.name
        guard change.action == "recreate", change.object == "service", let service = try? ServiceName(parsing: name)
        else { return change }
        let choice = UpdateChoice(
            of: service,
            in: stack,
            canSteer: canSteer,
            isRouted: routed.contains(service)
        )
        var change = change
        if let error = choice.error { change.reason += "; \(error.summary)" }
        change.reason +=
            choice.obstacle.map { "; it is away meanwhile, for \($0)" }
            ?? "; \(choice.strategy.rawValue), nobody notices"
        return change
    }

    /// Why two versions cannot be there at the same time.
    private static func hardObstacle(
        of service: ServiceName,
        _ definition: ServiceDefinition,
        in stack: StackDefinition,
        order: UpdateSettings.Order
    ) -> String? {
        if definition.replicas < 1 { return "it has no replicas" }
        if definition.networkMode == .plain("host") { return "it uses the host's network, where a port has one owner" }
        if let parent = definition.namespaceParents.first { return "it lives in the namespace of '\(parent)'" }
        for (name, other) in stack.services.sorted(by: { $0.key < $1.key })
        where other.namespaceParents.contains(service) {
            return "'\(name)' lives in its namespace and must follow it"
        }
        if order == .stopFirst && definition.replicas > 1 { return nil }
        if let device = definition.devices?.first { return "the device \(device.source) has one user at a time" }
        for (key, attachment) in definition.networks.sorted(by: { $0.key < $1.key })
        where attachment.ipv4Address != nil || attachment.ipv6Address != nil || attachment.macAddress != nil {
            return "it has a fixed address in the network '\(key)'"
        }
        if definition.macAddress != nil { return "it has a fixed MAC address" }
        if let port = definition.ports.first(where: { $0.published != nil && !($0.published ?? "").contains("-") }) {
            return "the host's port \(port.published ?? "") has one owner at a time"
        }
        return nil
    }

    /// A named volume or bind it writes to, as a phrase.
    private static func ownVolume(of definition: ServiceDefinition) -> String? {
        for mount in definition.mounts where mount.isReadOnly != true {
            switch mount.kind {
            case .volume: if let source = mount.source { return "the volume '\(source)'" }
            case .bind: if let source = mount.source { return "the folder \(source)" }
            case .tmpfs, .npipe, .cluster: continue
            }
        }
        return nil
    }
}
