import Yams

/// Turns the nodes of the YAML parser into a tree: scalars resolved, aliases and merge keys expanded, resets noted.
struct TreeConversion {
    let file: String
    /// How many values may still come.
    var left: Int
    var resets: [KeyPathText] = []
    /// The keys to the value being converted.
    private var keys: [Key] = []

    private enum Key {
        case name(String)
        case index(Int)
    }

    private var path: KeyPathText {
        KeyPathText(
            keys.map { key in
                switch key {
                case .name(let name): name
                case .index(let index): String(index)
                }
            }
        )
    }

    init(file: String, left: Int) {
        self.file = file
        self.left = left
    }

    /// The tree of `node`; nil when it is tagged `!reset`.
    mutating func convert(
        _ node: Yams.Node,
        depth: Int = 0,
        inOverride: Bool = false
    ) throws(ComposeErrors) -> ComposeNode? {
        let mark = mark(of: node)
        left -= 1
        guard left >= 0 else {
            throw ComposeErrors(
                ComposeIssue(
                    "the file has more than \(YAMLLimits.values) values once its aliases are expanded",
                    at: mark,
                    keyPath: path.text,
                    remedy: "use fewer aliases"
                )
            )
        }
        guard depth <= YAMLLimits.depth else {
            throw ComposeErrors(
                ComposeIssue(
                    "mappings and lists are nested more than \(YAMLLimits.depth) levels deep",
                    at: mark,
                    remedy: "make the file flatter"
                )
            )
        }
        let tag = explicitTag(of: node)
        var isOverride = inOverride
        if !inOverride, tag == "!reset" {
            resets.append(path)
            return nil
        }
        if !inOverride, tag == "!override" {
            resets.append(path)
            isOverride = true
        }
        switch node {
        case .scalar(let scalar):
            return ComposeNode(try value(of: scalar, tag: tag, mark: mark), mark: mark)
        case .sequence(let sequence):
            var elements: [ComposeNode] = []
            elements.reserveCapacity(sequence.count)
            for (index, element) in sequence.enumerated() {
                keys.append(.index(index))
                let converted = try convert(element, depth: depth + 1, inOverride: isOverride)
                keys.removeLast()
                if let converted { elements.append(converted) }
            }
            return ComposeNode(.list(elements), mark: mark)
        case .mapping(let mapping):
            let members = try members(of: mapping, depth: depth, inOverride: isOverride)
            return ComposeNode(.map(members), mark: mark)
        case .alias:
            throw ComposeErrors(ComposeIssue("an alias leads nowhere", at: mark, keyPath: path.text))
        }
    }

    private mutating func members(
        of mapping: Yams.Node.Mapping,
        depth: Int = 0,
        inOverride: Bool
    ) throws(ComposeErrors) -> [String: ComposeNode] {
        var members: [String: ComposeNode] = [:]
        var merged: [String: ComposeNode] = [:]
        for (key, value) in mapping {
            let keyMark = mark(of: key)
            if isMergeKey(key) {
                // What is merged counts as written here; of several, the first wins.
                let more = try mergedMembers(of: value, depth: depth, inOverride: inOverride)
                merged.merge(more) { first, _ in first }
                continue
            }
            let name = try name(of: key)
            keys.append(.name(name))
            let result = try convert(value, depth: depth + 1, inOverride: inOverride)
            keys.removeLast()
            guard var converted = result else { continue }
            guard members[name] == nil else {
                throw ComposeErrors(
                    ComposeIssue(
                        "the same mapping has the key '\(name)' more than once",
                        at: keyMark,
                        keyPath: path.text,
                        remedy: "keep one of them"
                    )
                )
            }
            converted.keyMark = keyMark
            members[name] = converted
        }
        return merged.isEmpty ? members : members.merging(merged) { own, _ in own }
    }

    private mutating func mergedMembers(
        of value: Yams.Node,
        depth: Int = 0,
        inOverride: Bool
    ) throws(ComposeErrors) -> [String: ComposeNode] {
        let sources: [Yams.Node]
        switch value {
        case .mapping: sources = [value]
        case .sequence(let sequence): sources = Array(sequence)
        case .scalar, .alias: sources = []
        }
        var members: [String: ComposeNode] = [:]
        for source in sources {
            guard case .mapping = source else { break }
            let tree = try convert(source, depth: depth + 1, inOverride: inOverride)
            members.merge(tree?.map ?? [:]) { first, _ in first }
        }
        let isMapping = sources.allSatisfy { if case .mapping = $0 { true } else { false } }
        guard isMapping, !sources.isEmpty || value.sequence != nil else {
            throw ComposeErrors(
                ComposeIssue(
                    "the merge key '<<' needs a mapping, or a list of mappings",
                    at: mark(of: value),
                    keyPath: path.text,
                    remedy: "write '<<: *anchor', with the anchor on a mapping"
                )
            )
        }
        return members
    }

    private func name(of key: Yams.Node) throws(ComposeErrors) -> String {
        let mark = mark(of: key)
        guard case .scalar(let scalar) = key else {
            throw ComposeErrors(
                ComposeIssue("a key is a list or a mapping", at: mark, keyPath: path.text, remedy: "keys are text")
            )
        }
        let value = try value(of: scalar, tag: explicitTag(ofKey: key), mark: mark)
        guard case .string(let name) = value else {
            throw ComposeErrors(
                ComposeIssue(
                    "the key '\(scalar.string)' is not text",
                    at: mark,
                    keyPath: path.text,
                    remedy: "put it in quotes: \"\(scalar.string)\""
                )
            )
        }
        return name
    }

    private func isMergeKey(_ key: Yams.Node) -> Bool {
        guard case .scalar(let scalar) = key, scalar.string == "<<" else { return false }
        let tag = explicitTag(ofKey: key)
        return tag == "tag:yaml.org,2002:merge" || (tag == nil && scalar.style == .plain)
    }

    private func value(
        of scalar: Yams.Node.Scalar,
        tag: String?,
        mark: SourceMark?
    ) throws(ComposeErrors) -> ComposeNode.Value {
        let text = scalar.string
        guard let tag else { return scalar.style == .plain ? ScalarResolution.value(of: text) : .string(text) }
        let resolved = ScalarResolution.value(of: text)
        switch (tag, resolved) {
        case ("tag:yaml.org,2002:str", _): return .string(text)
        case ("tag:yaml.org,2002:binary", _):
            guard let decoded = Base64Text.decode(text) else { break }
            return .string(decoded)
        case ("tag:yaml.org,2002:float", .int(let whole)): return .float(Double(whole))
        case ("tag:yaml.org,2002:float", .float), ("tag:yaml.org,2002:int", .int),
            ("tag:yaml.org,2002:int", .unsigned), ("tag:yaml.org,2002:bool", .bool),
            ("tag:yaml.org,2002:null", .null), ("tag:yaml.org,2002:timestamp", .time):
            return resolved
        case ("tag:yaml.org,2002:float", _), ("tag:yaml.org,2002:int", _), ("tag:yaml.org,2002:bool", _),
            ("tag:yaml.org,2002:null", _), ("tag:yaml.org,2002:timestamp", _):
            break
        default: return .string(text)
        }
        let kind = tag.split(separator: ":").last ?? ""
        throw ComposeErrors(
            ComposeIssue(
                "'\(text.prefix(40))' is not a value of the type !!\(kind)",
                at: mark,
                keyPath: path.text,
                remedy: "remove the tag"
            )
        )
    }

    /// The tag somebody wrote; nil for none and for `!`.
    private func explicitTag(of node: Yams.Node) -> String? {
        let name: String
        switch node {
        case .scalar(let scalar): name = scalar.tag.description
        case .mapping(let mapping): name = mapping.tag.description
        case .sequence(let sequence): name = sequence.tag.description
        case .alias: return nil
        }
        return name.isEmpty || name == "!" ? nil : name
    }

    /// Like ``explicitTag(of:)``, for a key: the parser gives keys the tag of texts when it compares them.
    private func explicitTag(ofKey key: Yams.Node) -> String? {
        let tag = explicitTag(of: key)
        return tag == "tag:yaml.org,2002:str" ? nil : tag
    }

    private func mark(of node: Yams.Node) -> SourceMark? {
        node.mark.map { SourceMark(file: file, line: $0.line, column: $0.column) }
    }
}
