extension ServiceDefinition {
    /// The check that Homie itself makes; nil when there is none. A file with a mistake in it is refused before it gets
    /// to be a definition.
    public var probe: ProbeDefinition? {
        guard homie?["health"] != nil || labels["io.homie.health"] != nil else { return nil }
        do {
            return try checkedProbe()
        } catch {
            return nil
        }
    }

    /// - Throws: ``HealthRuleError``
    public func checkedProbe() throws(HealthRuleError) -> ProbeDefinition? {
        try ProbeDefinition.read(homie: homie, labels: labels, ports: namedPorts)
    }

    /// What the service's own figures must show; empty when nothing is asked of them.
    public var businessChecks: [BusinessCheck] {
        guard homie?["business"] != nil else { return [] }
        do {
            return try BusinessCheck.read(homie: homie, ports: namedPorts)
        } catch {
            return []
        }
    }

    private var namedPorts: [UInt16] {
        let published = ports.filter { $0.transport == "tcp" }.map(\.target)
        return published.isEmpty ? (exposedPorts ?? []).compactMap { UInt16($0.prefix { $0 != "/" }) } : published
    }
}
