/// Judges a tree by the schema and collects what is wrong.
struct SchemaValidator {
    private(set) var issues: [ComposeIssue] = []

    /// - Throws: all that is wrong, up to a limit.
    static func validate(_ root: ComposeNode) throws(ComposeErrors) {
        var validator = SchemaValidator()
        validator.check(root, ComposeSchema.root, .root)
        guard validator.issues.isEmpty else {
            let sorted = validator.issues.sorted { ($0.line ?? 0, $0.keyPath) < ($1.line ?? 0, $1.keyPath) }
            throw ComposeErrors(Array(sorted.prefix(YAMLLimits.issues)))
        }
    }

    private mutating func add(
        _ sentence: String,
        _ node: ComposeNode,
        _ path: KeyPathText,
        remedy: String? = nil,
        isAboutKey: Bool = false
    ) {
        guard issues.count < 20 * YAMLLimits.issues else { return }
        let mark = isAboutKey ? node.keyMark ?? node.mark : node.mark ?? node.keyMark
        issues.append(ComposeIssue(sentence, at: mark, keyPath: path.text, remedy: remedy))
    }

    private mutating func check(_ node: ComposeNode, _ rule: SchemaRule, _ path: KeyPathText) {
        if case .float(let real) = node.value, !real.isFinite {
            return add("must be a number with an end", node, path)
        }
        let kinds = Self.kinds(of: node)
        guard !rule.kinds.isDisjoint(with: kinds) else {
            add("must be \(Self.names(of: rule.kinds)), not \(node.kindName)", node, path, remedy: remedy(node, rule))
            return
        }
        switch rule {
        case .kinds, .anything: break
        case .oneOfTexts(let texts):
            guard let text = node.string, !texts.contains(text) else { return }
            add("'\(text.prefix(60))' is not one of: \(texts.joined(separator: ", "))", node, path)
        case .bounded(let range):
            guard case .int(let whole) = node.value, !range.contains(whole) else { return }
            let limit = whole < range.lowerBound ? "at least \(range.lowerBound)" : "at most \(range.upperBound)"
            add("must be \(limit), not \(whole)", node, path)
        case .list(let element, let isUnique):
            checkList(node, element, isUnique, path)
        case .map(let members):
            checkMap(node, members, path)
        case .either(let rules):
            guard let fitting = rules.first(where: { !$0.kinds.isDisjoint(with: kinds) }) else { return }
            check(node, fitting, path)
        }
    }

    private mutating func checkList(_ node: ComposeNode, _ rule: SchemaRule, _ isUnique: Bool, _ path: KeyPathText) {
        guard let elements = node.list else { return }
        var seen: [String: Int] = [:]
        for (index, element) in elements.enumerated() {
            let next = path.appending(index: index)
            check(element, rule, next)
            guard isUnique else { continue }
            let key = "\(element.kindName) \(element.plainText)"
            if let first = seen[key] {
                add("is the same as [\(first)]", element, next, remedy: "remove one of the two")
            } else {
                seen[key] = index
            }
        }
    }

    private mutating func checkMap(_ node: ComposeNode, _ members: SchemaRule.Members, _ path: KeyPathText) {
        guard let map = node.map else { return }
        for (key, value) in map {
            let next = path.appending(key)
            if let rule = members.known[key] {
                check(value, rule, next)
            } else if members.acceptsExtensions, key.hasPrefix("x-") {
                continue
            } else if let rule = members.others, members.otherNames.accepts(key) {
                check(value, rule, next)
            } else if !members.acceptsUnknown {
                let known = members.known.keys
                let remedy =
                    members.others != nil
                    ? "use letters, digits, '.', '-' and '_'"
                    : closest(to: key, among: known).map { "did you mean '\($0)'?" }
                        ?? "remove it, or call it 'x-\(key)' to have it ignored"
                let sentence = members.others != nil ? "'\(key)' cannot be a name" : "unknown key '\(key)'"
                add(sentence, value, path, remedy: remedy, isAboutKey: true)
            }
        }
        for key in members.required where map[key] == nil {
            add("'\(key)' is missing", node, path)
        }
    }

    private func closest(to key: String, among known: some Sequence<String>) -> String? {
        issues.count < YAMLLimits.issues ? Similarity.closest(to: key, among: known) : nil
    }

    private func remedy(_ node: ComposeNode, _ rule: SchemaRule) -> String? {
        switch node.value {
        case .bool, .int, .float, .unsigned, .time:
            rule.kinds.contains(.text) ? "put it in quotes: \"\(node.plainText)\"" : nil
        case .null: "give it a value, or remove the key"
        case .string, .list, .map: nil
        }
    }

    private static func kinds(of node: ComposeNode) -> SchemaRule.Kinds {
        switch node.value {
        case .null: .null
        case .bool: .flag
        case .int, .unsigned: [.whole, .number]
        case .float(let real): real.rounded() == real ? [.whole, .number] : .number
        case .string, .time: .text
        case .list: .list
        case .map: .map
        }
    }

    private static func names(of kinds: SchemaRule.Kinds) -> String {
        var names: [String] = []
        if kinds.contains(.text) { names.append("text") }
        if kinds.contains(.number) {
            names.append("a number")
        } else if kinds.contains(.whole) {
            names.append("a whole number")
        }
        if kinds.contains(.flag) { names.append("true or false") }
        if kinds.contains(.list) { names.append("a list") }
        if kinds.contains(.map) { names.append("a mapping") }
        if kinds.contains(.null) { names.append("nothing") }
        guard let last = names.popLast() else { return "something else" }
        return names.isEmpty ? last : names.joined(separator: ", ") + " or " + last
    }
}
