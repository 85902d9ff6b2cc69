import HomieModel

extension DeviceCheck {
    /// What can be reached, and by whom.
    static let exposure: [DeviceCheck] = [
        every("exposed-without-sign-in", orFine: "what the gateway serves asks who one is") { service in
            guard service.isOpenToAnyone else { return nil }
            return (
                "everyone who reaches the gateway may use '\(service.name)'", "ask for a sign-in",
                "labels: {io.homie.auth: 'users'}"
            )
        },
        every("port-past-firewall", orFine: "no database port is open to the network") { service in
            let open = service.definition.ports.filter { port in
                port.published != nil && (port.hostAddress ?? "0.0.0.0").isAnyAddress && databases[port.target] != nil
            }
            guard let port = open.first else { return nil }
            return (
                "port \(port.published ?? "") of '\(service.name)' (\(databases[port.target] ?? "")) is published past the "
                    + "firewall to the whole network", "publish it on this device alone, or not at all",
                "ports: ['127.0.0.1:\(port.published ?? ""):\(port.target)']"
            )
        },
        every("privileged", orFine: "no service has the powers of root on the device") { service in
            guard service.definition.isPrivileged == true else { return nil }
            return (
                "'\(service.name)' is privileged: it can do everything on this device", "give it single capabilities",
                "cap_add: [NET_ADMIN]"
            )
        },
        every("engine-socket", orFine: "no service has the engine's socket") { service in
            let sockets = ["/var/run/docker.sock", "/run/docker.sock"]
            guard service.definition.mounts.contains(where: { sockets.contains($0.source ?? "") }) else { return nil }
            return (
                "'\(service.name)' has the engine's socket: it can do everything on this device",
                "put a socket proxy between", "volumes: []"
            )
        },
        DeviceCheck("port-conflict") { checkup in
            var owners: [String: [String]] = [:]
            for stack in checkup.stacks where !stack.isLeaving {
                for service in stack.services {
                    for port in service.definition.ports {
                        guard let published = port.published, !published.contains("-") else { continue }
                        let address = (port.hostAddress ?? "").isAnyAddress ? "*" : port.hostAddress ?? "*"
                        owners["\(address):\(published)/\(port.transport)", default: []]
                            .append("\(stack.definition.name)/\(service.name)")
                    }
                }
            }
            let issues = owners.filter { $0.value.count > 1 }.sorted { $0.key < $1.key }.map { port, names in
                DeviceIssue(
                    id: "port-conflict:\(port.split(separator: "/").joined(separator: "-"))",
                    check: "port-conflict",
                    severity: .error,
                    summary: "\(names.joined(separator: " and ")) want the same port \(port)",
                    since: checkup.now,
                    remedy: byHand("give one of them another port", "homie ps")
                )
            }
            return .of(issues, orFine: "no two services want the same port")
        },
    ]

    private static let databases: [UInt16: String] = [
        1433: "SQL Server", 2375: "Docker Engine", 3306: "MySQL", 5432: "PostgreSQL", 5984: "CouchDB", 6379: "Redis",
        8086: "InfluxDB", 9200: "Elasticsearch", 11211: "Memcached", 27017: "MongoDB",
    ]
}

extension String {
    fileprivate var isAnyAddress: Bool { isEmpty || self == "0.0.0.0" || self == "::" || self == "[::]" }
}
