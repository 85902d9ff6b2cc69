import HomieModel

/// Makes a project of a tree in normal form: profiles, checks, files of variables, only what is used.
struct ProjectAssembly {
    let name: StackName
    let environment: [String: String]
    let context: LoadContext
    let directory: String
    /// True when services whose profiles are not enabled were left out of the tree before.
    var isSelection = false

    func project(from model: ComposeNode, profiles: [String]) throws(ComposeErrors) -> ComposeProject {
        let nodes = model["services"]?.map ?? [:]
        var all: [String: JSONValue] = [:]
        for (name, node) in nodes.sorted(by: { $0.key < $1.key }) {
            let path = KeyPathText(["services", name])
            all[name] = try Renderer.render(node, ProjectShape.service, path) ?? .object([:])
        }
        var sections: [String: [String: JSONValue]] = [:]
        for (section, shape) in Self.sections {
            for (key, node) in model[section]?.map ?? [:] {
                let path = KeyPathText([section, key])
                let resource = try Renderer.render(node, shape, path) ?? .object([:])
                sections[section, default: [:]][key] = withValue(resource, of: node)
            }
        }
        let enabled = all.filter { Self.isEnabled($0.value, profiles: profiles) }
        let consistency = Consistency(
            services: enabled,
            disabled: all.filter { enabled[$0.key] == nil },
            resources: sections,
            nodes: nodes,
            isSelection: isSelection
        )
        if context.options.checksConsistency { try consistency.check() }
        var services: [String: JSONValue] = [:]
        for (name, service) in enabled.sorted(by: { $0.key < $1.key }) {
            let files = ServiceFiles(context: context, directory: directory, environment: environment)
            var finished = try files.resolve(service, node: nodes[name], KeyPathText(["services", name]))
            if let homie = nodes[name]?["x-homie"] { finished["x-homie"] = homie.json }
            noteWhatIsLeftAside(name, finished, nodes[name])
            services[name] = .object(consistency.scaled(finished))
        }
        var document: [String: JSONValue] = ["name": .string(self.name.text), "services": .object(services)]
        for (section, names) in UsedResources.names(in: services) {
            let used = (sections[section] ?? [:]).filter { names.contains($0.key) }
            if !used.isEmpty { document[section] = .object(used) }
        }
        for (key, value) in model.map ?? [:] where key.hasPrefix("x-") { document[key] = value.json }
        return ComposeProject(name: self.name, model: .object(document), warnings: context.warnings.all)
    }

    private static let sections: [(String, Shape)] = [
        ("networks", ProjectShape.network), ("volumes", ProjectShape.volume), ("configs", ProjectShape.fileObject),
        ("secrets", ProjectShape.fileObject),
    ]

    private func withValue(_ resource: JSONValue, of node: ComposeNode) -> JSONValue {
        guard let value = node[EnvironmentResolution.valueKey]?.string, var members = resource.objectValue else {
            return resource
        }
        members["content"] = .string(value)
        return .object(members)
    }

    private static func isEnabled(_ service: JSONValue, profiles: [String]) -> Bool {
        guard let own = service["profiles"]?.arrayValue, !own.isEmpty else { return true }
        return profiles.contains { profile in profile == "*" || own.contains(.string(profile)) }
    }
}

/// What the services of a project use of its resources.
enum UsedResources {
    static func names(in services: [String: JSONValue]) -> [(section: String, names: Set<String>)] {
        var networks: Set<String> = []
        var volumes: Set<String> = []
        var configs: Set<String> = []
        var secrets: Set<String> = []
        func sources(_ grants: JSONValue?) -> [String] {
            (grants?.arrayValue ?? []).map { $0["source"]?.stringValue ?? "" }
        }
        for service in services.values {
            networks.formUnion((service["networks"]?.objectValue ?? [:]).keys)
            for mount in service["volumes"]?.arrayValue ?? [] where mount["type"]?.stringValue == "volume" {
                if let source = mount["source"]?.stringValue { volumes.insert(source) }
            }
            configs.formUnion(sources(service["configs"]))
            secrets.formUnion(sources(service["secrets"]))
            secrets.formUnion(sources(service["build"]?["secrets"]))
        }
        return [("networks", networks), ("volumes", volumes), ("configs", configs), ("secrets", secrets)]
    }
}

/// Reads the files of variables and labels that services name.
struct ServiceFiles {
    let context: LoadContext
    let directory: String
    let environment: [String: String]

    /// The members of a service, with the content of its files and without their names.
    func resolve(
        _ service: JSONValue,
        node: ComposeNode?,
        _ path: KeyPathText
    ) throws(ComposeErrors) -> [String: JSONValue] {
        var members = service.objectValue ?? [:]
        var own = members["environment"]?.objectValue ?? [:]
        for (key, value) in own where value == .null {
            if let found = environment[key] { own[key] = .string(found) }
        }
        var variables: [String: JSONValue] = [:]
        if context.options.resolvesEnvFiles {
            for (index, file) in (node?["env_file"]?.list ?? []).enumerated() {
                let next = path.appending("env_file").appending(index: index)
                let isRequired = file["required"]?.bool ?? Cast.flag(file["required"]?.string ?? "") ?? true
                if let format = file["format"]?.string, !format.isEmpty {
                    throw ComposeErrors(
                        "'\(format)' is not a format of files of variables",
                        at: file["format"],
                        next,
                        remedy: "remove 'format'"
                    )
                }
                let known = variables
                let read = try self.read(file["path"], isRequired: isRequired, next) { name in
                    known[name]?.stringValue ?? environment[name]
                }
                variables.merge(read) { _, new in new }
            }
        }
        variables.merge(own) { _, own in own }
        members["environment"] = variables.isEmpty ? nil : .object(variables)
        members["env_file"] = nil

        var labels: [String: JSONValue] = [:]
        for (index, file) in (node?["label_file"]?.list ?? []).enumerated() {
            let known = labels
            let next = path.appending("label_file").appending(index: index)
            let read = try self.read(file, isRequired: true, next) { known[$0]?.stringValue }
            labels.merge(read) { _, new in new }
        }
        labels.merge(members["labels"]?.objectValue ?? [:]) { _, own in own }
        members["labels"] = labels.isEmpty ? nil : .object(labels)
        members["label_file"] = nil
        return members
    }

    private func read(
        _ node: ComposeNode?,
        isRequired: Bool,
        _ path: KeyPathText,
        lookup: @escaping (String) -> String?
    ) throws(ComposeErrors) -> [String: JSONValue] {
        guard let name = node?.string else { return [:] }
        let file = UnixPath.resolve(name, in: directory)
        guard !context.files.isDirectory(file) else {
            throw ComposeErrors("'\(name)' is a directory, not a file", at: node, path)
        }
        guard let content = try context.content(of: file) else {
            guard isRequired else { return [:] }
            throw ComposeErrors(
                "the file '\(name)' is not there",
                at: node,
                path,
                remedy: "create it, or write 'required: false' beside its 'path'"
            )
        }
        return try EnvFileParser.parse(content, file: file, lookup: lookup).mapValues { .string($0) }
    }
}
