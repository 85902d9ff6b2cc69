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
        let known = Set(containers.map(\.id))
        groups = groups.filter { known.contains($0.key) }
        var table = ContainerFamilies()
        let hostNetwork = KernelFile.link("\(paths.proc)/1/ns/net") ?? KernelFile.link("\(paths.proc)/self/ns/net")
        var networks: Set<String> = []
        for container in containers.sorted(by: { $0.name < $1.name }) {
            guard let usage = usage(of: container.id) else { continue }
            let labels = Self.labels(of: container)
            table.add(usage, labels, now: now, startedAt: container.startedAt, device: deviceName)
            // A namespace that is shared is counted once, the host's not at all.
            guard let process = groups[container.id]?.process else { continue }
            if let network = KernelFile.link("\(paths.proc)/\(process)/ns/net") {
                guard network != hostNetwork, networks.insert(network).inserted else { continue }
            }
            guard let text = KernelFile.text("\(paths.proc)/\(process)/net/dev") else { continue }
            for row in NetworkTable.read(text) where row.device != "lo" { table.add(row, labels) }
        }
        return table.families
    }

    func usage(of id: String) -> ContainerUsage? {
        if let usage = groups[id]?.usage() { return usage }
        groups[id] = finder.group(of: id)
        return groups[id]?.usage()
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
