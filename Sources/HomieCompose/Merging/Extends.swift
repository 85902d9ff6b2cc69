/// `extends`: services that take over what other services say.
struct Extends {
    let loader: ModelLoader
    let file: String

    private struct Link: Hashable {
        let file: String
        let service: String
    }

    func apply(_ tree: ComposeNode, resets: [KeyPathText]) throws(ComposeErrors) -> ComposeNode {
        guard let node = tree["services"] else { return tree }
        guard let services = node.map else {
            throw ComposeErrors("must be a mapping, not \(node.kindName)", at: node, KeyPathText(["services"]))
        }
        var extended = services
        for name in services.keys.sorted() {
            extended[name] = try resolve(name, in: services, file: file, resets: [resets], chain: [])
        }
        var tree = tree
        tree["services"]?.map = extended
        return tree
    }

    private func resolve(
        _ name: String,
        in services: [String: ComposeNode],
        file: String,
        resets: [[KeyPathText]],
        chain: [Link]
    ) throws(ComposeErrors) -> ComposeNode? {
        guard let service = services[name] else { return nil }
        guard !service.isNull else { return service }
        let path = KeyPathText(["services", name])
        guard service.map != nil else {
            throw ComposeErrors("must be a mapping, not \(service.kindName)", at: service, path)
        }
        guard let extends = service["extends"] else { return service }
        let extendsPath = path.appending("extends")
        guard let reference = extends.string ?? extends["service"]?.string else {
            throw ComposeErrors("'service' is missing", at: extends, extendsPath, remedy: "name the service to extend")
        }
        var others = services
        var otherFile = file
        var resets = resets
        if let elsewhere = extends["file"], !elsewhere.isNull {
            guard let path = elsewhere.string else {
                throw ComposeErrors("must be text, not \(elsewhere.kindName)", at: elsewhere, extendsPath)
            }
            guard !RemoteFile.isRemote(path) else {
                throw ComposeErrors(
                    RemoteFile.sentence(path),
                    at: elsewhere,
                    extendsPath,
                    remedy: RemoteFile.remedy(path)
                )
            }
            let (found, more) = try self.services(of: path, referredBy: elsewhere, extendsPath)
            others = found
            resets.append(more)
            otherFile = path
        }
        guard others[reference] != nil else {
            throw ComposeErrors(
                "there is no service '\(reference)' in \(otherFile)",
                at: extends,
                extendsPath,
                remedy: Similarity.closest(to: reference, among: others.keys).map { "did you mean '\($0)'?" }
            )
        }
        let link = Link(file: otherFile, service: name)
        guard !chain.contains(link) else {
            let names = (chain + [link]).map(\.service).joined(separator: " → ")
            throw ComposeErrors("services extend each other in a circle: \(names)", at: extends, extendsPath)
        }
        guard chain.count < YAMLLimits.chain else {
            throw ComposeErrors(
                "more than \(YAMLLimits.chain) services extend each other in a row",
                at: extends,
                extendsPath
            )
        }
        let base = try resolve(reference, in: others, file: otherFile, resets: resets, chain: chain + [link])
        guard let base, !base.isNull else { return service }
        var source = base
        for list in resets {
            let tree = ComposeNode.map(["services": .map([name: source])])
            source = Resets.apply(list, to: tree)["services"]?[name] ?? .map([:])
        }
        var merged = try Merge.merge(source, service, at: KeyPathText(["services", name]))
        merged["extends"] = nil
        merged.mark = service.mark
        merged.keyMark = service.keyMark
        return merged
    }

    private func services(
        of reference: String,
        referredBy node: ComposeNode,
        _ path: KeyPathText
    ) throws(ComposeErrors) -> ([String: ComposeNode], [KeyPathText]) {
        let local = UnixPath.resolve(reference, in: loader.directory)
        let files = loader.context.files
        var directory = local
        if !files.isDirectory(directory) {
            directory = UnixPath.resolve(UnixPath.directory(of: reference), in: loader.directory)
        }
        let base = UnixPath.relative(from: loader.directory, to: directory) ?? directory
        let (model, resets) = try loader.extendable(local, referredBy: node)
        guard let section = model["services"], section.map != nil else {
            throw ComposeErrors("\(local) has no services to extend", at: node, path)
        }
        let resolved = try PathResolution(base: base, home: loader.context.options.homeDirectory).resolve(model)
        return (resolved["services"]?.map ?? [:], resets)
    }
}
