import HomieModel
import HomiePlanning

/// The port of the host that the service publishes, where it is not reached through a gateway.
extension RolloutWorld {
    /// The packet filter is told, sooner or later.
    mutating func lead() {
        let instance = Instance(Self.service, 1)
        guard random.chance(60) else { return }
        let before = relay
        relay = lastPlan.relays[instance].flatMap { containers[$0]?.state == .running ? $0 : nil }
        history.relays = relay.map { [instance: $0] } ?? [:]
        if relay != before || history.areRelaysRecalled { history.ledAt = now }
        history.areRelaysRecalled = false
    }

    /// What the daemon finds after a kill.
    mutating func recallRelay() {
        if let relay { history.relays[Instance(Self.service, 1)] = relay }
        history.areRelaysRecalled = true
        history.ledAt = now
    }

    /// Who answers a new connection to the port.
    var owner: String? {
        relay ?? containers.first { $0.value.state == .running && !$0.value.isStandIn }?.key
    }

    /// Callers come, at times none, and end their connections some time after they began. Now and then somebody looks.
    mutating func call() {
        for id in callers.keys where random.chance(40) { callers[id] = max(0, (callers[id] ?? 0) - 1) }
        if let owner, containers[owner]?.state == .running { callers[owner] = Int.random(in: 0...3, using: &random) }
        callers = callers.filter { containers[$0.key]?.state == .running && $0.value > 0 }
        let isRecent = history.portsSeenAt.map { now < Self.nextLook(after: $0) } ?? false
        if isRecent, random.chance(40) { return }
        history.ports = [:]
        history.portsSeenAt = now
        for (id, container) in containers where container.state == .running {
            let port = PortKey(port: 80, transport: "tcp")
            history.ports[id] = PortUse(
                listening: isReady(id) ? [port] : [],
                connections: callers[id].map { [port: $0] } ?? [:]
            )
        }
    }

    /// Somebody looks at the ports before long.
    func next(_ wake: TimeSpan) -> TimeSpan { isRouted ? wake : min(wake, Self.nextLook(after: now)) }

    private static func nextLook(after look: TimeSpan) -> TimeSpan {
        TimeSpan(nanoseconds: look.nanoseconds + 150_000_000)
    }

    mutating func checkPort() {
        guard let owner, containers[owner]?.state == .running, isReady(owner) else {
            return violations.append("nobody answers at the port")
        }
        guard let id = relay, containers[id]?.isStandIn == true else { return }
        if containers[id]?.bindings?.first?.hostPort == 8080 { violations.append("\(id) is no stand-in") }
    }
}
