public import HomieModel

extension ComposeProject {
    /// The project of a document in normal form that came from elsewhere, e.g. ``wireDocument`` over the wire.
    ///
    /// The document is judged like a Compose file: schema, types, what is referred to. It reads no files and knows no
    /// variables, so `include`, `extends`, `env_file` and `label_file` are refused. Every service counts as enabled.
    ///
    /// - Throws: ``ComposeErrors`` with the key path of each issue.
    public static func validate(document: JSONValue) throws(ComposeErrors) -> ComposeProject {
        var budget = YAMLLimits.values
        guard isWithinLimits(document, depth: 0, budget: &budget) else {
            throw ComposeErrors(
                "the document has more than \(YAMLLimits.values) values, or more than \(YAMLLimits.depth) levels"
            )
        }
        guard case .object = document else { throw ComposeErrors("the document must be a mapping") }
        guard let text = document["name"]?.stringValue else {
            throw ComposeErrors("the name of the stack is missing", at: nil, KeyPathText(["name"]))
        }
        let name: StackName
        do {
            name = try StackName(parsing: text)
        } catch {
            throw ComposeErrors(error.summary, at: nil, KeyPathText(["name"]), remedy: error.hint)
        }
        let options = ComposeOptions(files: [])
        let context = LoadContext(files: NoFiles(), options: options)
        var model = WireForm.compose(ComposeNode(json: DollarSigns.halve(document)))
        try WireForm.refuseReferences(in: model)
        try SchemaValidator.validate(model)
        model["version"] = nil
        model = try Canonical(warnings: context.warnings, ports: context.ports).transform(try Unicity.enforce(model))
        model = try Defaults.apply(try Unicity.enforce(model))
        try ResourceChecks.check(model)
        model = try Normaliser(projectName: name.text, environment: [:]).normalise(model)
        let assembly = ProjectAssembly(
            name: name,
            environment: [:],
            context: context,
            directory: "/",
            isSelection: true
        )
        return try assembly.project(from: model, profiles: ["*"])
    }

    private static func isWithinLimits(_ value: JSONValue, depth: Int, budget: inout Int) -> Bool {
        budget -= 1
        guard budget >= 0, depth <= YAMLLimits.depth else { return false }
        switch value {
        case .array(let elements):
            for element in elements where !isWithinLimits(element, depth: depth + 1, budget: &budget) { return false }
        case .object(let members):
            for member in members.values where !isWithinLimits(member, depth: depth + 1, budget: &budget) {
                return false
            }
        case .null, .bool, .integer, .number, .string: break
        }
        return true
    }
}

/// A place without files.
private struct NoFiles: ComposeFileSystem {
    func read(_ path: String) throws -> [UInt8]? { nil }
    func isDirectory(_ path: String) -> Bool { false }
}

/// The differences between the normal form as it is written and a Compose file.
private enum WireForm {
    /// The tree of a Compose file that means the same.
    static func compose(_ document: ComposeNode) -> ComposeNode {
        var document = document
        if let services = document["services"]?.map {
            document["services"]?.map = services.mapValues(service)
        }
        for section in ["configs", "secrets"] {
            guard let resources = document[section]?.map else { continue }
            document[section]?.map = resources.mapValues { resource in
                guard resource["environment"] != nil, let content = resource["content"] else { return resource }
                var resource = resource
                resource["content"] = nil
                resource[EnvironmentResolution.valueKey] = content
                return resource
            }
        }
        return document
    }

    private static func service(_ service: ComposeNode) -> ComposeNode {
        var service = service
        for key in ["mem_limit", "mem_reservation", "memswap_limit", "mem_swappiness", "shm_size"] {
            guard let bytes = service[key]?.string.flatMap({ Int($0) }) else { continue }
            service[key] = ComposeNode(.int(bytes))
        }
        for block in [["ulimits"], ["build", "ulimits"]] {
            service = service.changing(block[...]) { limits in
                guard let members = limits.map else { return limits }
                let zeros: [String: ComposeNode] = ["soft": ComposeNode(.int(0)), "hard": ComposeNode(.int(0))]
                return limits.with(
                    .map(
                        members.mapValues { limit in
                            guard let own = limit.map else { return limit }
                            return limit.with(.map(own.merging(zeros) { own, _ in own }))
                        }
                    )
                )
            }
        }
        service = service.changing(["environment"]) { variables in
            // A variable without a name can only be written in a list.
            guard let members = variables.map, members[""] != nil else { return variables }
            return variables.with(
                .list(
                    members.map { key, value in
                        ComposeNode(.string(value.isNull ? key : "\(key)=\(value.plainText)"))
                    }
                )
            )
        }
        for block in [["extra_hosts"], ["build", "extra_hosts"]] {
            service = service.changing(block[...]) { hosts in
                guard let lines = hosts.list else { return hosts }
                var seen: Set<String> = []
                return hosts.with(.list(lines.filter { seen.insert($0.plainText).inserted }))
            }
        }
        return service.changing(["blkio_config"]) { block in
            guard let members = block.map else { return block }
            return block.with(
                .map(
                    members.mapValues { rates in
                        guard let list = rates.list else { return rates }
                        return rates.with(
                            .list(
                                list.map { rate in
                                    guard let own = rate.map else { return rate }
                                    return rate.with(
                                        .map(Dictionary(own.map { ($0.key.lowercased(), $0.value) }) { $1 })
                                    )
                                }
                            )
                        )
                    }
                )
            )
        }
    }

    static func refuseReferences(in document: ComposeNode) throws(ComposeErrors) {
        var issues: [ComposeIssue] = []
        func refuse(_ key: String, _ path: KeyPathText) {
            issues.append(
                ComposeIssue(
                    "'\(key)' refers to files that are not part of the document",
                    keyPath: path.text,
                    remedy: "send the document that 'homie config' prints"
                )
            )
        }
        if document["include"] != nil { refuse("include", KeyPathText(["include"])) }
        for (name, service) in (document["services"]?.map ?? [:]).sorted(by: { $0.key < $1.key }) {
            for key in ["extends", "env_file", "label_file"] where service[key] != nil {
                refuse(key, KeyPathText(["services", name, key]))
            }
        }
        if !issues.isEmpty { throw ComposeErrors(issues) }
    }
}
