/// `include`: other Compose files whose services and resources become part of this one.
struct Include {
    let loader: ModelLoader

    func apply(_ tree: ComposeNode, included: [String]) throws(ComposeErrors) -> ComposeNode {
        guard let include = tree["include"], !include.isNull else { return tree }
        let path = KeyPathText(["include"])
        guard let entries = include.list else {
            throw ComposeErrors(
                "must be a list, not \(include.kindName)",
                at: include,
                path,
                remedy: "write one '- path' for each file"
            )
        }
        var tree = tree
        for (index, entry) in entries.enumerated() {
            let imported = try load(entry, path.appending(index: index), included: included)
            tree = try add(imported, to: tree, from: entry)
        }
        tree["include"] = nil
        return tree
    }

    private func load(
        _ entry: ComposeNode,
        _ path: KeyPathText,
        included: [String]
    ) throws(ComposeErrors) -> ComposeNode {
        let written = try texts(entry.string == nil ? entry["path"] : entry, path.appending("path"))
        if let remote = written.first(where: RemoteFile.isRemote) {
            throw ComposeErrors(RemoteFile.sentence(remote), at: entry, path, remedy: RemoteFile.remedy(remote))
        }
        let files = written.map { UnixPath.resolve($0, in: loader.directory) }
        guard let main = files.first else {
            throw ComposeErrors("'path' is missing", at: entry, path, remedy: "name the file to include")
        }
        guard !included.contains(main) else {
            let circle = (included + [main]).map { UnixPath.lastComponent(of: $0) }.joined(separator: " → ")
            throw ComposeErrors("files include each other in a circle: \(circle)", at: entry, path)
        }
        guard included.count < YAMLLimits.chain else {
            throw ComposeErrors("more than \(YAMLLimits.chain) files include each other in a row", at: entry, path)
        }
        let place = try texts(entry["project_directory"], path).first ?? ""
        let isLocal = place.isEmpty || !UnixPath.isAbsolute(place)
        let directory =
            place.isEmpty ? UnixPath.directory(of: main) : UnixPath.resolve(place, in: loader.directory)
        var base = directory
        if isLocal {
            let target = place.isEmpty ? main : directory
            let folder = loader.context.files.isDirectory(target) ? target : UnixPath.directory(of: target)
            base = UnixPath.relative(from: loader.directory, to: folder) ?? folder
        }
        var envFiles = try texts(entry["env_file"], path.appending("env_file"))
            .map { UnixPath.resolve($0, in: loader.directory) }
        if envFiles.isEmpty {
            let standard = UnixPath.join(directory, ".env")
            if !loader.context.files.isDirectory(standard), try loader.context.content(of: standard) != nil {
                envFiles = [standard]
            }
        }
        let variables = try loader.context.variables(in: envFiles, environment: loader.environment)
        let inner = ModelLoader(
            context: loader.context,
            directory: directory,
            base: base,
            environment: loader.environment.merging(variables) { own, _ in own },
            resolvesPaths: true
        )
        return try inner.load(files, included: included)
    }

    private func texts(_ node: ComposeNode?, _ path: KeyPathText) throws(ComposeErrors) -> [String] {
        guard let node, !node.isNull else { return [] }
        if let text = node.string { return [text] }
        var texts: [String] = []
        for element in node.list ?? [node] {
            guard let text = element.string else {
                throw ComposeErrors("must be text, not \(element.kindName)", at: element, path)
            }
            texts.append(text)
        }
        return texts
    }

    private func add(
        _ imported: ComposeNode,
        to tree: ComposeNode,
        from entry: ComposeNode
    ) throws(ComposeErrors) -> ComposeNode {
        var tree = tree
        for section in ["services", "volumes", "networks", "secrets", "configs"] {
            guard let source = imported[section]?.map else { continue }
            var target = tree[section]?.map ?? [:]
            for (name, resource) in source.sorted(by: { $0.key < $1.key }) {
                if let existing = target[name], existing != resource {
                    throw ComposeErrors(
                        "'\(name)' is also in an included file, and differs",
                        at: existing,
                        KeyPathText([section, name]),
                        remedy: "rename one of them, or change it in a file laid over with -f"
                    )
                }
                target[name] = resource
            }
            tree[section] = (tree[section] ?? .null).with(.map(target))
        }
        return tree
    }
}
