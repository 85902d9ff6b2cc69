/// `!reset` and `!override`: what earlier files say at these places is dropped.
enum Resets {
    static func apply(_ resets: [KeyPathText], to root: ComposeNode) -> ComposeNode {
        resets.isEmpty ? root : visit(root, .root, resets)
    }

    private static func visit(_ node: ComposeNode, _ path: KeyPathText, _ resets: [KeyPathText]) -> ComposeNode {
        switch node.value {
        case .map(let members):
            var kept: [String: ComposeNode] = [:]
            for (key, member) in members {
                let next = path.appending(key)
                guard !resets.contains(where: { next.matches($0.keys) }) else { continue }
                kept[key] = visit(member, next, resets)
            }
            return node.with(.map(kept))
        case .list(let elements):
            return node.with(
                .list(elements.enumerated().map { visit($1, path.appending(index: $0), resets) })
            )
        default:
            return node
        }
    }
}
