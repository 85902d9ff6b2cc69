/// Fills in the variables of a tree, and turns text into numbers and flags where a key wants them.
struct Interpolator {
    let environment: [String: String]
    /// Collects what should be looked at.
    let warnings: WarningList

    /// `root` with the variables in its values filled in; keys stay as they are.
    func interpolate(_ root: ComposeNode) throws(ComposeErrors) -> ComposeNode {
        try visit(root, path: .root, casts: Self.casts)
    }

    private func visit(
        _ node: ComposeNode,
        path: KeyPathText,
        casts: [Cast]
    ) throws(ComposeErrors) -> ComposeNode {
        switch node.value {
        case .string(let text):
            let filled = try fill(text, at: node, path)
            guard let cast = casts.first(where: { $0.pattern.isEmpty }) else { return node.with(.string(filled)) }
            guard let value = cast.target.value(of: filled) else {
                throw ComposeErrors(
                    "'\(filled.prefix(60))' is not \(cast.target.wanted)",
                    at: node,
                    path,
                    remedy: "write \(cast.target.example)"
                )
            }
            if case .bool = value, !["true", "false"].contains(filled.lowercased()) {
                warnings.add(
                    ComposeWarning("\(path.text): write true or false instead of '\(filled)'", at: node.mark)
                )
            }
            return node.with(value)
        case .map(let members):
            var filled = members
            for (key, member) in members {
                let next = casts.compactMap { $0.descending(into: key) }
                filled[key] = try visit(member, path: path.appending(key), casts: next)
            }
            return node.with(.map(filled))
        case .list(let elements):
            let next = casts.compactMap { $0.descending(into: KeyPathText.element) }
            var filled: [ComposeNode] = []
            filled.reserveCapacity(elements.count)
            for (index, element) in elements.enumerated() {
                filled.append(try visit(element, path: path.appending(index: index), casts: next))
            }
            return node.with(.list(filled))
        default:
            return node
        }
    }

    /// `text` with its variables filled in.
    func fill(_ text: String, at node: ComposeNode? = nil, _ path: KeyPathText) throws(ComposeErrors) -> String {
        let template = Template(lookup: { environment[$0] }) { name in
            warnings.add(
                ComposeWarning("the variable \(name) is not set; it counts as empty", at: node?.mark)
            )
        }
        do {
            return try template.fill(text)
        } catch {
            switch error {
            case .malformed:
                throw ComposeErrors(
                    "'\(text.prefix(80))' does not use variables in a way that can be read",
                    at: node,
                    path,
                    remedy: "write ${NAME} or ${NAME:-default}; a dollar sign itself is written $$"
                )
            case .required(let name, let message):
                throw ComposeErrors(
                    "the variable \(name) must be set" + (message.isEmpty ? "" : ": \(message)"),
                    at: node,
                    path,
                    remedy: "set \(name) in the environment or in the .env file"
                )
            }
        }
    }
}

/// Warnings, in the order they came; each sentence once.
final class WarningList {
    private(set) var all: [ComposeWarning] = []
    private var seen: Set<String> = []

    func add(_ warning: ComposeWarning) {
        if seen.insert(warning.sentence).inserted { all.append(warning) }
    }
}
