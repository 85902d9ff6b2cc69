public import HomieModel

/// Whether connections to published ports of the host can be led elsewhere while the ports change hands.
public enum Relaying: Sendable, Hashable {
    case possible
    /// Why not, in one clause.
    case impossible(String)
}

/// Which strategy a service is updated by, and what stands in the way of a better one.
public struct UpdateChoice: Sendable {
    public var strategy: UpdateSettings.Strategy
    public var settings: UpdateSettings
    /// Why requests may fail while it is updated, in one clause; nil when none need to.
    public var obstacle: String?
    /// A stand-in answers at its published ports while they change hands.
    public var bridges = false
    /// Its block is wrong, and Homie's own choice holds instead.
    public var error: UpdateSettingsError?

    /// - Parameters:
    ///   - canSteer: a gateway is there to move the requests.
    ///   - isRouted: a route made by hand leads to it.
    ///   - relaying: whether connections to published ports can be led elsewhere.
    public init(
        of service: ServiceName,
        in stack: StackDefinition,
        canSteer: Bool,
        isRouted: Bool = false,
        relaying: Relaying = .impossible("nothing here can lead its connections elsewhere")
    ) {
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
        if let port = definition.ports.first(where: { $0.hostPort != nil }) {
            if let why = Self.portObstacle(of: definition, relaying) {
                obstacle = "the host's port \(port.published ?? "") has one owner at a time, and \(why)"
                return
            }
            bridges = true
        }
        guard isExposed || bridges else {
            obstacle = "it is not reached through the gateway"
            // What nobody is switched over to is only begun beside the old one when somebody asked for it.
            if settings.strategy != nil {
                strategy = settings.strategy == .canary ? .rolling : settings.strategy ?? .rolling
            }
            return
        }
        let isSteered = isExposed && canSteer
        guard isSteered || bridges else {
            obstacle = "the gateway is off"
            return
        }
        if settings.strategy == nil, definition.replicas < 2, let volume = Self.ownVolume(of: definition) {
            obstacle =
                "it writes to \(volume), which two versions may not share; x-homie.update.strategy says when they may"
            return
        }
        strategy = settings.strategy ?? (definition.replicas > 1 ? .rolling : .blueGreen)
        // Shares of the requests are a matter of the gateway.
        if strategy == .canary, !isSteered { strategy = .rolling }
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
        routed: Set<ServiceName> = [],
        relaying: Relaying = .impossible("nothing here can lead its connections elsewhere")
    ) -> PlannedChange {
        let name = change.name.split(separator: "/").first.map { String($0) } ?? change.name
        guard change.action == "recreate", change.object == "service", let service = try? ServiceName(parsing: name)
        else { return change }
        let choice = UpdateChoice(
            of: service,
            in: stack,
            canSteer: canSteer,
            isRouted: routed.contains(service),
            relaying: relaying
        )
        var change = change
        if let error = choice.error { change.reason += "; \(error.summary)" }
        change.reason +=
            choice.obstacle.map { "; it is away meanwhile, for \($0)" }
            ?? (choice.bridges
                ? "; \(choice.strategy.rawValue), a stand-in answers at its ports meanwhile, nobody notices"
                : "; \(choice.strategy.rawValue), nobody notices")
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
        return nil
    }

    /// Why connections to its published ports cannot be led to a stand-in, in one clause.
    private static func portObstacle(of definition: ServiceDefinition, _ relaying: Relaying) -> String? {
        if case .impossible(let why) = relaying { return why }
        // Where datagrams go is remembered as long as some come, whatever the rules say by then, and nothing tells when the last
        // of a flow has come.
        if let port = definition.ports.first(where: { $0.hostPort != nil && $0.transport != "tcp" }) {
            return "\(port.transport) is not led elsewhere"
        }
        if definition.replicas > 1 { return "of its \(definition.replicas) replicas one alone can have it" }
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
