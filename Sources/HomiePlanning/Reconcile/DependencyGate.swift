import HomieModel

/// Whether a replica may start now.
enum Gate: Equatable {
    case open
    /// Waits; the clause says for what.
    case waiting(String)
    /// Can never open as things stand.
    case failed(String)
}

extension Survey {
    /// The gate of a first start: everything `depends_on` asks for.
    func gateForFirstStart(of service: ServiceName) -> Gate {
        let parents = gateForRestart(of: service)
        guard parents == .open, let definition = wanted.services[service]?.definition else { return parents }
        for name in definition.dependsOn.keys.sorted() {
            guard let dependency = definition.dependsOn[name] else { continue }
            switch gate(of: name, condition: dependency.condition) {
            case .open: continue
            case .failed where !dependency.isRequired: continue
            case let closed: return closed
            }
        }
        return .open
    }

    /// The gate of a restart: only the containers whose namespaces it joins must run.
    func gateForRestart(of service: ServiceName) -> Gate {
        for name in wanted.services[service]?.definition.namespaceParents ?? [] where parent(name)?.state != .running {
            return .waiting("waits for '\(name)', whose namespace it shares, to run")
        }
        return .open
    }

    private func gate(of name: ServiceName, condition: Dependency.Condition) -> Gate {
        guard let service = wanted.services[name] else { return .open }
        for member in members(of: name) {
            guard let container = member.current else { return .waiting("waits for '\(name)' to be created") }
            let isHooked = service.definition.postStart != nil && container.owesHooks
            if isHooked, container.state == .running, condition != .completedSuccessfully {
                return .waiting("waits for the post_start hooks of '\(name)'")
            }
            let gate =
                switch condition {
                case .started: Self.started(name, container)
                case .healthy: Self.healthy(name, container, hasHealthcheck: service.hasHealthcheck)
                case .completedSuccessfully: Self.completed(name, container, service.definition.restart)
                }
            if gate != .open { return gate }
        }
        return .open
    }

    private static func started(_ name: ServiceName, _ container: ObservedContainer) -> Gate {
        container.startedAt != nil && container.state != .created ? .open : .waiting("waits for '\(name)' to start")
    }

    private static func healthy(_ name: ServiceName, _ container: ObservedContainer, hasHealthcheck: Bool) -> Gate {
        if !hasHealthcheck && container.state == .running && container.health == .none {
            return .failed("'\(name)' has no health check, so it can never be healthy")
        }
        if container.state == .running && container.health == .healthy { return .open }
        if container.state == .running && container.health == .unhealthy {
            return .waiting("waits for '\(name)', which is unhealthy")
        }
        return .waiting("waits for '\(name)' to be healthy")
    }

    private static func completed(_ name: ServiceName, _ container: ObservedContainer, _ restart: RestartPolicy) -> Gate
    {
        guard container.state == .exited, container.startedAt != nil else {
            return .waiting("waits for '\(name)' to complete")
        }
        if container.exitCode == 0 { return .open }
        if case .never = restart { return .failed("'\(name)' ended with exit code \(container.exitCode)") }
        return .waiting("waits for '\(name)', which ended with exit code \(container.exitCode), to complete")
    }
}
