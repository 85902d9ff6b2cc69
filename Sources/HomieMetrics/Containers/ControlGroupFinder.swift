/// Finds the control group of a container by its ID.
struct ControlGroupFinder {
    let root: String
    let version: ControlGroup.Version
    private static let controllers = ["blkio", "cpu", "cpuacct", "memory", "pids"]

    init(root: String) {
        self.root = root
        // Only version 2 has this file at its root.
        version = KernelFile("\(root)/cgroup.controllers") != nil ? .v2 : .v1
    }

    func group(of id: String) -> ControlGroup? {
        // Nothing but hexadecimal digits goes into a path.
        guard id.utf8.count == 64, id.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else {
            return nil
        }
        if version == .v2 { return folder(of: id, below: root).map { ControlGroup(version: .v2, folders: ["": $0]) } }
        var folders: [String: String] = [:]
        for controller in Self.controllers {
            // `cpu` may be a link to `cpu,cpuacct`.
            if let found = folder(of: id, below: "\(root)/\(controller)") { folders[controller] = found }
        }
        return folders.isEmpty ? nil : ControlGroup(version: .v1, folders: folders)
    }

    /// First where the engine's two drivers put it, then anywhere (`cgroup_parent`).
    private func folder(of id: String, below root: String) -> String? {
        for usual in ["system.slice/docker-\(id).scope", "docker/\(id)"] where KernelFile.isFolder("\(root)/\(usual)") {
            return "\(root)/\(usual)"
        }
        return search(for: ["docker-\(id).scope", id], below: root, depth: 5)
    }

    private func search(for names: Set<String>, below folder: String, depth: Int) -> String? {
        let inner = KernelFile.names(in: folder).filter {
            !$0.contains(".") || $0.hasSuffix(".slice") || names.contains($0)
        }
        if let found = inner.first(where: { names.contains($0) }) { return "\(folder)/\(found)" }
        guard depth > 0 else { return nil }
        for name in inner where KernelFile.isFolder("\(folder)/\(name)") {
            if let found = search(for: names, below: "\(folder)/\(name)", depth: depth - 1) { return found }
        }
        return nil
    }
}
