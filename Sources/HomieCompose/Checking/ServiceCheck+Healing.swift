import HomieModel

extension ServiceCheck {
    /// What `x-homie` and the labels say of health, healing and signatures.
    func checkHealing(_ report: Report) {
        let homie = node?["x-homie"]?.json ?? service["x-homie"]
        let labels = (service["labels"]?.objectValue ?? [:]).compactMapValues(\.stringValue)
        do throws(HealthRuleError) {
            _ = try HealingRules(homie: homie, labels: labels)
            _ = try SignatureRules(homie: homie, labels: labels)
            _ = try BusinessCheck.read(homie: homie, ports: ports)
            _ = try ServiceTLS.read(homie: homie)
            _ = try ProbeDefinition.read(homie: homie, labels: labels, ports: ports)
        } catch {
            report(error.keys, error.problem, error.hint)
        }
    }

    /// The container's ports that the file names.
    private var ports: [UInt16] {
        let published = (service["ports"]?.arrayValue ?? []).filter { ($0["protocol"]?.stringValue ?? "tcp") == "tcp" }
            .compactMap { $0["target"]?.integerValue }.compactMap { UInt16(exactly: $0) }
        guard published.isEmpty else { return published }
        return (service["expose"]?.arrayValue ?? []).compactMap { value in
            value.stringValue.flatMap { UInt16($0.prefix { $0 != "/" }) }
                ?? value.integerValue.flatMap { UInt16(exactly: $0) }
        }
    }
}
