import HomieModel

/// Reads a stack's definition back from the labels of its containers.
enum StackRebuilder {
    /// - Parameter environments: the variables of the containers, by ID.
    static func rebuild(
        _ name: StackName,
        from containers: [ObservedContainer],
        environments: [String: [String: String]]
    ) -> (StackDefinition, [ServiceName: String]) {
        var definition = StackDefinition(name: name)
        var images: [ServiceName: String] = [:]
        var replicas: [ServiceName: Int] = [:]
        for container in containers.sorted(by: { $0.createdAt < $1.createdAt }) {
            guard let service = container.service, let text = container.labels[ContainerLabels.definition],
                let label = DefinitionLabel(text: text)
            else { continue }
            definition.services[service] = label.service(in: environments[container.id] ?? [:])
            images[service] = container.imageID
            replicas[service] = max(replicas[service] ?? 0, container.index)
            definition.networks.merge(label.networks) { _, new in new }
            definition.volumes.merge(label.volumes) { _, new in new }
            for (key, path) in label.configs { definition.configs[key] = .file(path) }
            for (key, path) in label.secrets { definition.secrets[key] = .file(path) }
        }
        for (service, count) in replicas { definition.services[service]?.replicas = count }
        for service in definition.services.keys {
            // Content is in no label: a grant without its source would make an invalid definition.
            definition.services[service]?.configs?.removeAll { definition.configs[$0.source] == nil }
            definition.services[service]?.secrets?.removeAll { definition.secrets[$0.source] == nil }
            for dependency in definition.services[service]?.dependsOn.keys.map({ $0 }) ?? []
            where definition.services[dependency] == nil {
                definition.services[service]?.dependsOn[dependency] = nil
            }
        }
        return (definition, images)
    }
}
