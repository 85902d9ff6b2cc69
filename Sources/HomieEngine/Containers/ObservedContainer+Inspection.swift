internal import HomieModel

extension ObservedContainer {
    /// What the engine says in `GET /containers/{id}/json`.
    init(_ inspection: ContainerInspection) {
        let name = Self.name(inspection.Name)
        self.init(
            id: inspection.Id,
            name: name,
            imageID: inspection.Image,
            labels: Self.labels(inspection.Config.Labels, of: name),
            state: State(rawValue: inspection.State.Status) ?? .dead,
            health: inspection.State.Health?.Status.flatMap { Health(rawValue: $0) } ?? .none,
            exitCode: inspection.State.ExitCode ?? 0,
            isOOMKilled: inspection.State.OOMKilled ?? false,
            error: inspection.State.Error ?? "",
            createdAt: Timestamp(engineTime: inspection.Created) ?? Timestamp(nanoseconds: 0),
            startedAt: Timestamp(engineTime: inspection.State.StartedAt),
            finishedAt: Timestamp(engineTime: inspection.State.FinishedAt),
            networkParent: Self.parent(inspection.HostConfig),
            engineRestartPolicy: inspection.HostConfig?.RestartPolicy?.Name?.nonEmpty ?? "no",
            mounts: Self.mounts(inspection.Mounts),
            addresses: Self.addresses(inspection.NetworkSettings),
            processID: inspection.State.Pid.flatMap { $0 > 0 ? $0 : nil },
            bindings: inspection.NetworkSettings?.Ports.map(Self.bindings)
        )
    }

    static func name(_ text: String) -> String { text.hasPrefix("/") ? String(text.dropFirst()) : text }

    static func labels(_ labels: [String: String]?, of name: String) -> [String: String] {
        var labels = labels ?? [:]
        if PartialName.isPartial(name), labels[ContainerLabels.specDigest] != nil {
            // Files or networks may be missing from it: it must not pass for what its digest promises.
            labels[ContainerLabels.specDigest] = PartialName.digest
        }
        return labels
    }

    static func parent(_ host: ContainerInspection.HostConfig?) -> String? {
        guard let mode = host?.NetworkMode, mode.hasPrefix("container:") else { return nil }
        return String(mode.dropFirst("container:".count))
    }

    static func mounts(_ mounts: [ContainerInspection.Mount]?) -> [ObservedMount] {
        (mounts ?? []).compactMap { mount in
            MountDefinition.Kind(rawValue: mount.Type ?? "").map {
                ObservedMount(kind: $0, volume: $0 == .volume ? mount.Name : nil, destination: mount.Destination)
            }
        }
    }

    static func addresses(_ settings: ContainerInspection.NetworkSettings?) -> [String: String] {
        (settings?.Networks ?? [:]).compactMapValues { endpoint in
            endpoint.IPAddress?.nonEmpty ?? endpoint.GlobalIPv6Address?.nonEmpty
        }
    }

    private static func bindings(_ table: [String: [ContainerInspection.NetworkSettings.Binding]?]) -> [ObservedBinding]
    {
        table.sorted { $0.key < $1.key }.flatMap { key, bindings -> [ObservedBinding] in
            let parts = key.split(separator: "/")
            guard parts.count == 2, let target = UInt16(parts[0]) else { return [] }
            return (bindings ?? []).compactMap { binding in
                guard let port = binding.HostPort.flatMap({ UInt16($0) }) else { return nil }
                return ObservedBinding(
                    hostAddress: binding.HostIp ?? "",
                    hostPort: port,
                    target: target,
                    transport: String(parts[1])
                )
            }
        }
    }
}

extension Timestamp {
    /// The engine's way to write a time; nil for the year 1, by which it means "never".
    init?(engineTime text: String?) {
        guard let text, !text.hasPrefix("0001-01-01") else { return nil }
        self.init(rfc3339: text)
    }
}

/// The name of a container that still lacks files or networks.
///
/// Whatever happens before it is complete, such a container is never taken for a finished one: it gets its real name
/// only as the last step.
enum PartialName {
    private static let suffix = ".homie-partial"
    /// Stands where the spec digest of a complete container does.
    static let digest = "incomplete"

    static func of(_ name: String) -> String { name + suffix }

    static func isPartial(_ name: String) -> Bool { name.hasSuffix(suffix) }
}
