internal import HomieModel

/// The ports of a service as the engine takes them: keys like `80/tcp`.
enum PortTable {
    /// Ports the container offers: those that are published, and those that are only exposed.
    static func exposed(_ definition: ServiceDefinition) throws -> [String: CreateRequest.Empty] {
        var table: [String: CreateRequest.Empty] = [:]
        for port in definition.ports { table[key(port)] = .init() }
        for text in definition.exposedPorts ?? [] {
            let parts = text.split(separator: "/", maxSplits: 1)
            let transport = parts.count == 2 ? String(parts[1]) : "tcp"
            let bounds = (parts.first ?? "").split(separator: "-", maxSplits: 1).map { UInt16($0) }
            guard let first = bounds.first ?? nil, let last = bounds.last ?? nil, first <= last else { continue }
            for number in first...last { table["\(number)/\(transport)"] = .init() }
        }
        return table
    }

    static func bindings(_ definition: ServiceDefinition) -> [String: [HostConfiguration.PortBinding]] {
        var table: [String: [HostConfiguration.PortBinding]] = [:]
        for port in definition.ports {
            table[key(port), default: []].append(
                .init(HostIp: port.hostAddress ?? "", HostPort: port.published ?? "")
            )
        }
        return table
    }

    private static func key(_ port: PortMapping) -> String { "\(port.target)/\(port.transport)" }
}
