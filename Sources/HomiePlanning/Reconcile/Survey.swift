import HomieModel

/// The containers of one stack, sorted by what the wanted state makes of them.
struct Survey {
    /// What stands for one wanted replica.
    struct Member {
        /// Made for exactly what is wanted.
        var current: ObservedContainer?
        /// Those it replaces, newest first.
        var old: [ObservedContainer] = []
        /// Those that answer at its ports while it is replaced, newest first, whatever version they are of.
        var standIns: [ObservedContainer] = []
    }

    let wanted: WantedStack
    private(set) var members: [Instance: Member] = [:]
    /// Homie's own that nobody wants any more.
    private(set) var surplus: [ObservedContainer] = []
    /// Containers of the project that someone else made and the file does not name.
    private(set) var strangers: [ObservedContainer] = []
    private(set) var names: Set<String> = []
    /// IDs of stopped containers kept for an instant return, by their names.
    private(set) var keptNames: [String: String] = [:]

    /// - Parameter kept: stopped containers that are nobody's replica.
    init(
        _ wanted: WantedStack,
        _ containers: [ObservedContainer],
        forced: Set<String>,
        kept: Set<String> = []
    ) {
        self.wanted = wanted
        for (name, service) in wanted.services where service.definition.replicas > 0 {
            for index in 1...service.definition.replicas { members[Instance(name, index)] = Member() }
        }
        var groups: [Instance: [ObservedContainer]] = [:]
        for container in containers where !container.isOneOff && container.state != .removing {
            names.insert(container.name)
            guard !kept.contains(container.id) else {
                keptNames[container.name] = container.id
                continue
            }
            guard let service = container.service, members[Instance(service, container.index)] != nil else {
                if container.isOwned || (container.service.map { wanted.services[$0] != nil } ?? false) {
                    surplus.append(container)
                } else {
                    strangers.append(container)
                }
                continue
            }
            groups[Instance(service, container.index), default: []].append(container)
        }
        surplus.sort { $0.id < $1.id }
        strangers.sort { $0.id < $1.id }
        for service in Self.parentsFirst(wanted) {
            for instance in groups.keys where instance.service == service {
                classify(instance, groups[instance] ?? [], forced)
            }
        }
    }

    /// The container whose namespace others share: the first replica's.
    func parent(_ service: ServiceName) -> ObservedContainer? { members[Instance(service, 1)]?.current }

    /// The members of a service by number.
    func members(of service: ServiceName) -> [Member] {
        guard let count = wanted.services[service]?.definition.replicas, count > 0 else { return [] }
        return (1...count).compactMap { members[Instance(service, $0)] }
    }

    /// `service=id` pairs for the label that remembers which namespaces were joined; nil while a parent is missing.
    func namespaces(of service: ServiceName) -> [ServiceName: String]? {
        var result: [ServiceName: String] = [:]
        for name in wanted.services[service]?.definition.namespaceParents ?? [] {
            guard let parent = parent(name) else { return nil }
            result[name] = parent.id
        }
        return result
    }

    private mutating func classify(_ instance: Instance, _ group: [ObservedContainer], _ forced: Set<String>) {
        let sorted = group.sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
        var member = Member()
        for container in sorted {
            if container.isStandIn {
                member.standIns.append(container)
            } else if member.current == nil, isCurrent(container, instance.service, forced) {
                member.current = container
            } else {
                member.old.append(container)
            }
        }
        members[instance] = member
    }

    /// Whether a stand-in is of the version that is wanted.
    func isWanted(_ standIn: ObservedContainer, forced: Set<String>) -> Bool {
        guard let service = standIn.service else { return false }
        return isCurrent(standIn, service, forced)
    }

    private func isCurrent(_ container: ObservedContainer, _ service: ServiceName, _ forced: Set<String>) -> Bool {
        guard let wanted = wanted.services[service], let digest = wanted.specDigest, container.specDigest == digest,
            !forced.contains(container.id), container.state != .dead
        else { return false }
        guard !wanted.definition.namespaceParents.isEmpty else { return true }
        guard let namespaces = namespaces(of: service) else { return false }
        if let label = container.labels[ContainerLabels.namespaces] {
            return label == Self.label(for: namespaces)
        }
        guard let parent = wanted.definition.networkMode?.sharedService else { return true }
        return container.networkParent == namespaces[parent]
    }

    static func label(for namespaces: [ServiceName: String]) -> String {
        namespaces.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: ",")
    }

    /// Services, those whose namespace is shared before those that share it.
    private static func parentsFirst(_ wanted: WantedStack) -> [ServiceName] {
        var order: [ServiceName] = []
        var seen: Set<ServiceName> = []
        func visit(_ name: ServiceName) {
            guard seen.insert(name).inserted, let service = wanted.services[name] else { return }
            for parent in service.definition.namespaceParents { visit(parent) }
            order.append(name)
        }
        for name in wanted.services.keys.sorted() { visit(name) }
        return order
    }
}
