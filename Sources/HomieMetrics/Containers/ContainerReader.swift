import HomieModel

/// Reads containers as cAdvisor names them (`container_*`), from their control groups and network namespaces.
final class ContainerReader {
    private let paths: KernelPaths
    private let finder: ControlGroupFinder
    private var groups: [String: ControlGroup] = [:]
    private var deviceNames: [String: String] = [:]

    init(paths: KernelPaths) {
        self.paths = paths
        finder = ControlGroupFinder(root: paths.cgroup)
    }

    func families(of containers: [MeteredContainer], now: Double) -> [MetricFamily] {
        forgetAll(but: containers)
        var table = ContainerFamilies()
        let hostNetwork = hostNetwork
        var networks: Set<String> = []
        for container in containers.sorted(by: { $0.name < $1.name }) {
            guard let usage = usage(of: container.id) else { continue }
            let labels = Self.labels(of: container)
            table.add(usage, labels, now: now, startedAt: container.startedAt, device: deviceName)
            // A namespace that is shared is counted once, the host's not at all. Which one it is, only root is told.
            guard container.hasNetwork, let group = groups[container.id], let process = group.process else { continue }
            if let network = group.networkNamespace(proc: paths.proc, process: process) {
                guard network != hostNetwork, networks.insert(network).inserted else { continue }
            }
            guard let text = group.networkTable(proc: paths.proc, process: process) else { continue }
            for row in NetworkTable.read(text) where row.device != "lo" { table.add(row, labels) }
        }
        return table.families
    }

    private var hostNetwork: String? {
        KernelFile.link("\(paths.proc)/1/ns/net") ?? KernelFile.link("\(paths.proc)/self/ns/net")
    }

    private func forgetAll(but containers: [MeteredContainer]) {
        let known = Set(containers.map(\.id))
        groups = groups.filter { known.contains($0.key) }
    }

    /// What the history keeps of each container, by ID; the traffic of a shared namespace counts once, the host's not.
    func samples(of containers: [MeteredContainer]) -> [String: ContainerSample] {
        forgetAll(but: containers)
        var networks: Set<String> = hostNetwork.map { [$0] } ?? []
        var samples: [String: ContainerSample] = [:]
        for container in containers {
            guard var sample = group(container.id, { $0.sample() }) else { continue }
            if container.hasNetwork, let group = groups[container.id], let process = group.process,
                group.networkNamespace(proc: paths.proc, process: process).map({ networks.insert($0).inserted })
                    ?? true,
                let text = group.networkTable(proc: paths.proc, process: process)
            {
                let devices = NetworkTable.read(text).filter { $0.device != "lo" }
                sample[.received] = devices.reduce(0) { $0 + $1.values[0] }
                sample[.sent] = devices.reduce(0) { $0 + $1.values[8] }
            }
            samples[container.id] = sample
        }
        return samples
    }

    /// What a container's group says; a group that is gone is looked for anew, as after a restart.
    private func group<Value>(_ id: String, _ read: (ControlGroup) -> Value?) -> Value? {
        if let value = groups[id].flatMap(read) { return value }
        groups[id] = finder.group(of: id)
        return groups[id].flatMap(read)
    }

    func usage(of id: String) -> ContainerUsage? {
        group(id) { $0.usage() }
    }

    static func labels(of container: MeteredContainer) -> [MetricFamily.Label] {
        var labels: [MetricFamily.Label] = [
            .init("id", "/docker/\(container.id)"), .init("image", container.image), .init("name", container.name),
        ]
        for (name, value) in container.labels.sorted(by: { $0.key < $1.key }) {
            labels.append(.init("container_label_\(name)", value))
        }
        return labels
    }

    /// `/dev/…` of a device number, as cAdvisor shows it.
    private func deviceName(_ number: String) -> String {
        if let known = deviceNames[number] { return known }
        let link = KernelFile.link("\(paths.sys)/dev/block/\(number)")
        let name = link?.split(separator: "/").last.map { "/dev/\($0)" } ?? number
        deviceNames[number] = name
        return name
    }
}
