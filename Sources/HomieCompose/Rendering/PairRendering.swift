import HomieModel

/// Writes lists of pairs: variables, labels, hosts.
enum PairRendering {
    static func pairs(_ node: ComposeNode, _ shape: Shape, _ path: KeyPathText) throws(ComposeErrors) -> JSONValue? {
        var keepsMissing = false
        if case .variables = shape { keepsMissing = true }
        var result: [String: JSONValue] = [:]
        switch node.value {
        case .map(let members):
            for (key, value) in members {
                result[key] = value.isNull ? (keepsMissing ? .null : "") : .string(value.plainText)
            }
        case .list(let elements):
            if case .plainPairs = shape { throw Renderer.mismatch(node, "a mapping", path) }
            for element in elements {
                let parts = element.plainText.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                if parts.count == 2 {
                    result[String(parts[0])] = .string(String(parts[1]))
                } else {
                    result[element.plainText] = keepsMissing ? .null : ""
                }
            }
        default:
            throw Renderer.mismatch(node, "a mapping or a list", path)
        }
        return result.isEmpty ? nil : .object(result)
    }

    static func hosts(_ node: ComposeNode, _ path: KeyPathText) throws(ComposeErrors) -> JSONValue? {
        var hosts: [(host: String, addresses: [String])] = []
        switch node.value {
        case .map(let members):
            for (host, value) in members {
                switch value.value {
                case .null: hosts.append((host, [""]))
                case .string(let address): hosts.append((host, [address]))
                case .list(let addresses): hosts.append((host, addresses.map(\.plainText)))
                default: throw Renderer.mismatch(value, "an address", path.appending(host))
                }
            }
        case .list(let elements):
            for (index, element) in elements.enumerated() {
                let text = element.plainText
                guard let separator = text.firstIndex(of: "=") ?? text.firstIndex(of: ":") else {
                    throw ComposeErrors(
                        "'\(text)' has no address",
                        at: element,
                        path.appending(index: index),
                        remedy: "write host=address"
                    )
                }
                let addresses = text[text.index(after: separator)...]
                    .split(separator: ",", omittingEmptySubsequences: false).map(String.init)
                hosts.append((String(text[..<separator]), addresses))
            }
        default:
            throw Renderer.mismatch(node, "a mapping or a list", path)
        }
        var lines: [String] = []
        for (host, addresses) in hosts {
            guard !host.isEmpty, !host.contains(":"), !host.contains("=") else {
                throw ComposeErrors("'\(host)' is not the name of a host", at: node, path, remedy: "write host=address")
            }
            lines += addresses.map { address in
                let isBracketed = address.utf8.count > 2 && address.hasPrefix("[") && address.hasSuffix("]")
                return "\(host)=\(isBracketed ? String(address.dropFirst().dropLast()) : address)"
            }
        }
        guard !lines.isEmpty else { return nil }
        return .array(lines.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { .string($0) })
    }

    static func sshKeys(_ node: ComposeNode, _ path: KeyPathText) throws(ComposeErrors) -> JSONValue? {
        guard let members = node.map else { throw Renderer.mismatch(node, "a mapping or a list", path) }
        guard !members.isEmpty else { return nil }
        return .array(
            members.sorted { $0.key < $1.key }.map { name, file in
                .string(file.isNull || file.string == "" ? name : "\(name)=\(file.plainText)")
            }
        )
    }
}
