/// Loads the files of a project, or of one `include`, into one canonical tree.
struct ModelLoader {
    let context: LoadContext
    /// Where relative paths of these files start, for what is read.
    let directory: String
    /// What relative paths become part of when they are resolved: absolute, or relative to the project.
    let base: String
    let environment: [String: String]
    let resolvesPaths: Bool

    private var interpolates: Bool { context.options.interpolates }

    /// All files laid over each other, with defaults, checked.
    func load(_ files: [String], included: [String]) throws(ComposeErrors) -> ComposeNode {
        var model = ComposeNode.map([:])
        for file in files {
            model = try lay(file, over: model, included: included)
        }
        model = try Defaults.apply(model)
        try ResourceChecks.check(model)
        if resolvesPaths {
            model = try PathResolution(base: base, home: context.options.homeDirectory).resolve(model)
        }
        return EnvironmentResolution.resolve(model, environment: environment)
    }

    private func lay(_ file: String, over model: ComposeNode, included: [String]) throws(ComposeErrors) -> ComposeNode {
        var model = model
        for document in try context.documents(of: file) {
            var tree = try interpolated(document.root, file: file)
            let extends = Extends(loader: self, file: file)
            tree = try extends.apply(tree, resets: document.resets)
            try tree.checkSize()
            model = Resets.apply(document.resets, to: model)
            tree = try Include(loader: self).apply(tree, included: included + [file])
            model = try Merge.merge(model, tree)
            model = try Unicity.enforce(model)
            try model.checkSize()
            try SchemaValidator.validate(model)
            if let version = model["version"] {
                context.warnings.add(
                    ComposeWarning("'version' is out of use and has no effect; remove it", at: version.keyMark)
                )
                model["version"] = nil
            }
            model = try canonical(model)
        }
        return model
    }

    /// A document with its variables filled in.
    func interpolated(_ root: ComposeNode, file: String) throws(ComposeErrors) -> ComposeNode {
        guard root.map != nil else {
            throw ComposeErrors(
                ComposeIssue(
                    "the file must be a mapping, not \(root.kindName)",
                    at: root.mark ?? SourceMark(file: file, line: 0, column: 0),
                    remedy: "start with 'services:'"
                )
            )
        }
        guard interpolates else { return root }
        return try Interpolator(environment: environment, warnings: context.warnings).interpolate(root)
    }

    func canonical(_ tree: ComposeNode) throws(ComposeErrors) -> ComposeNode {
        var tree = try Canonical(warnings: context.warnings, ports: context.ports, keepsUnreadable: !interpolates)
            .transform(tree)
        tree = tree.droppingEmptyNameServers()
        return try Unicity.enforce(tree)
    }

    /// The same file, without laying it over anything: for services extended from elsewhere.
    func extendable(_ file: String, referredBy node: ComposeNode) throws(ComposeErrors) -> (ComposeNode, [KeyPathText])
    {
        var model = ComposeNode.map([:])
        var resets: [KeyPathText] = []
        for document in try context.documents(of: file, referredBy: node) {
            let tree = try interpolated(document.root, file: file)
            resets = document.resets
            model = Resets.apply(document.resets, to: model)
            model = try Unicity.enforce(try Merge.merge(model, tree))
            try model.checkSize()
            model = try canonical(model)
        }
        return (model, resets)
    }
}

extension ComposeNode {
    /// Empty entries of `dns` mean nothing.
    fileprivate func droppingEmptyNameServers() -> ComposeNode {
        guard let services = self["services"]?.map else { return self }
        var tree = self
        tree["services"]?.map = services.mapValues { service in
            service.changing(["dns"]) { servers in
                guard let all = servers.list else { return servers }
                return servers.with(.list(all.filter { !$0.isNull && $0.string != "" }))
            }
        }
        return tree
    }
}
