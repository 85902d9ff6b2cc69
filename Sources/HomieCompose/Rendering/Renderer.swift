import HomieModel

/// Writes a tree in normal form as JSON by its shape.
enum Renderer {
    /// The JSON value; nil when it is left out.
    ///
    /// - Throws: ``ComposeErrors`` for a value that cannot be read as what its key wants.
    static func render(
        _ node: ComposeNode?,
        _ shape: Shape,
        _ path: KeyPathText
    ) throws(ComposeErrors) -> JSONValue? {
        switch shape {
        case .object(let fields): return try object(node, fields, path)
        case .list(let element): return try list(node, element, path)
        case .map(let member): return try map(node, member, path)
        case .command: return try ScalarRendering.command(node, path)
        default:
            guard let node, !node.isNull else { return nil }
            return try ScalarRendering.value(node, shape, path)
        }
    }

    private static func object(
        _ node: ComposeNode?,
        _ fields: [Shape.Field],
        _ path: KeyPathText
    ) throws(ComposeErrors) -> JSONValue? {
        guard let node, !node.isNull else { return nil }
        guard let members = node.map else { throw mismatch(node, "a mapping", path) }
        var result: [String: JSONValue] = [:]
        for field in fields {
            let next = path.appending(field.key)
            let value = try render(members[field.key], field.shape, next)
            if let value {
                result[field.name ?? field.key] = value
            } else if field.isAlways {
                result[field.name ?? field.key] = try empty(field.shape, next)
            }
        }
        return .object(result)
    }

    /// What stands for a value that is not there, where one always stands.
    private static func empty(_ shape: Shape, _ path: KeyPathText) throws(ComposeErrors) -> JSONValue {
        switch shape {
        case .text: .string("")
        case .flag: .bool(false)
        case .whole, .count: .integer(0)
        case .size: .string("0")
        case .object: try render(.map([:]), shape, path) ?? .object([:])
        default: .null
        }
    }

    private static func list(
        _ node: ComposeNode?,
        _ shape: Shape,
        _ path: KeyPathText
    ) throws(ComposeErrors) -> JSONValue? {
        guard let node, !node.isNull else { return nil }
        guard let elements = node.list else { throw mismatch(node, "a list", path) }
        guard !elements.isEmpty else { return nil }
        var result: [JSONValue] = []
        for (index, element) in elements.enumerated() {
            let next = path.appending(index: index)
            if let value = try render(element, shape, next) {
                result.append(value)
            } else {
                result.append(try empty(shape, next))
            }
        }
        return .array(result)
    }

    private static func map(
        _ node: ComposeNode?,
        _ shape: Shape,
        _ path: KeyPathText
    ) throws(ComposeErrors) -> JSONValue? {
        guard let node, !node.isNull else { return nil }
        guard let members = node.map else { throw mismatch(node, "a mapping", path) }
        guard !members.isEmpty else { return nil }
        var result: [String: JSONValue] = [:]
        for (key, member) in members {
            result[key] = try render(member, shape, path.appending(key)) ?? .null
        }
        return .object(result)
    }

    static func mismatch(_ node: ComposeNode, _ wanted: String, _ path: KeyPathText) -> ComposeErrors {
        ComposeErrors("must be \(wanted), not \(node.kindName)", at: node, path)
    }
}
