import HomieModel

extension DeviceCheck {
    /// What a file leaves out that a service in a home should have.
    static let definitions: [DeviceCheck] = [
        every("healthcheck-missing", orFine: "every service that stays up is checked") { service in
            guard !service.isChecked, service.definition.restart != .never, service.definition.replicas > 0 else {
                return nil
            }
            return (
                "nobody checks whether '\(service.name)' works", "add a check",
                "labels: {io.homie.health: 'http://:80/'}"
            )
        },
        every("memory-limit-missing", orFine: "every service has a memory limit") { service in
            guard service.definition.resources.memory == nil, service.definition.replicas > 0 else { return nil }
            return (
                "'\(service.name)' may use all memory of the device", "set a limit", "mem_limit: 512m"
            )
        },
        every("restart-policy-missing", orFine: "every service has a restart policy that fits") { service in
            // What publishes a port or is exposed is no job that ends.
            guard service.definition.restart == .never, !service.definition.ports.isEmpty else { return nil }
            return (
                "'\(service.name)' serves on a port, but stays down when it ends", "give it a restart policy",
                "restart: unless-stopped"
            )
        },
        every("image-unpinned", orFine: "every image is named by a version") { service in
            guard let image = service.definition.image, service.definition.build == nil, isUnpinned(image) else {
                return nil
            }
            return (
                "the image '\(image)' of '\(service.name)' means another one every day", "name a version or digest",
                "image: \(image.split(separator: ":").first ?? "name"):1.2.3"
            )
        },
        every("log-unbounded", orFine: "no log grows without an end") { service in
            guard let logging = service.definition.logging, logging.driver ?? "json-file" == "json-file",
                logging.options?["max-size"] == nil
            else { return nil }
            return (
                "the log of '\(service.name)' grows without an end", "bound it", "logging: {options: {max-size: 10m}}"
            )
        },
        every("anonymous-volume", orFine: "what is kept has a name") { service in
            guard service.definition.mounts.contains(where: { $0.kind == .volume && $0.source == nil }) else {
                return nil
            }
            return (
                "'\(service.name)' keeps data in a volume without a name, which is easily lost", "name it",
                "volumes: ['data:/path']"
            )
        },
        every("secret-in-environment", orFine: "no password stands in a file's environment") { service in
            let names = service.definition.environment.keys.sorted().filter { name in
                let upper = name.uppercased()
                return ["PASSWORD", "SECRET", "TOKEN", "API_KEY"].contains { upper.hasSuffix($0) }
                    && !(service.definition.environment[name] ?? "").isEmpty
            }
            guard let first = names.first else { return nil }
            return (
                "'\(service.name)' is given \(first) as plain text, which 'docker inspect' shows to everyone",
                "give it as a secret", "secrets: [\(first.lowercased())]"
            )
        },
    ]

    /// A check of every service's definition: what is wrong, what to do, and the line that does it.
    static func every(
        _ name: String,
        orFine words: String,
        _ look: @escaping @Sendable (ServiceFacts) -> (summary: String, text: String, line: String)?
    ) -> DeviceCheck {
        DeviceCheck(name) { checkup in
            let issues = each(checkup) { service, stack in
                guard let found = look(service) else { return nil }
                return issue(
                    name,
                    .warning,
                    found.summary,
                    service,
                    stack,
                    checkup,
                    remedy: byHand(found.text, found.line)
                )
            }
            return .of(issues, orFine: words)
        }
    }

    private static func isUnpinned(_ image: String) -> Bool {
        if image.contains("@sha256:") { return false }
        let last = image.split(separator: "/").last ?? ""
        guard let colon = last.firstIndex(of: ":") else { return true }
        return last[last.index(after: colon)...] == "latest"
    }
}
