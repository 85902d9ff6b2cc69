import HomieModel

/// Checks that what services refer to is there, and that their keys do not contradict each other.
struct Consistency {
    let services: [String: JSONValue]
    let disabled: [String: JSONValue]
    /// Networks, volumes, configs and secrets by section and key.
    let resources: [String: [String: JSONValue]]
    let nodes: [String: ComposeNode]
    /// True when disabled services are not known; dependencies that are not required may then be missing.
    var isSelection = false

    func check() throws(ComposeErrors) {
        var issues: [ComposeIssue] = []
        for (name, service) in services.sorted(by: { $0.key < $1.key }) {
            let node = nodes[name]
            guard issues.count < YAMLLimits.issues else { break }
            ServiceCheck(name: name, service: service, node: node, project: self).run { key, sentence, remedy in
                guard issues.count < YAMLLimits.issues else { return }
                let path = KeyPathText(["services", name] + key)
                let place = Self.place(of: key, in: node)
                let mark = place?.keyMark ?? place?.mark ?? node?.keyMark ?? node?.mark
                issues.append(ComposeIssue(sentence, at: mark, keyPath: path.text, remedy: remedy()))
            }
        }
        for (name, secret) in (resources["secrets"] ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard secret["external"] != true, secret["file"] == nil, secret["environment"] == nil else { continue }
            issues.append(
                ComposeIssue(
                    "one of file, environment must be given",
                    keyPath: "secrets.\(name)",
                    remedy: "name the file that holds the secret"
                )
            )
        }
        guard issues.isEmpty else { throw ComposeErrors(issues) }
        try checkCircles()
    }

    /// The node of the longest beginning of the keys that stands in the file.
    private static func place(of keys: [String], in node: ComposeNode?) -> ComposeNode? {
        var found: ComposeNode?
        var next = node
        for key in keys {
            next = next?[key]
            guard let next else { break }
            found = next
        }
        return found
    }

    /// A service whose `deploy` is given follows its `scale`.
    func scaled(_ service: [String: JSONValue]) -> [String: JSONValue] {
        guard let scale = service["scale"], var deploy = service["deploy"]?.objectValue else { return service }
        var service = service
        deploy["replicas"] = scale
        service["deploy"] = .object(deploy)
        return service
    }

    private func checkCircles() throws(ComposeErrors) {
        enum State { case open, done }
        var states: [String: State] = [:]
        for start in services.keys.sorted() where states[start] == nil {
            // What is still to be visited stands in reverse order.
            var stack: [(name: String, next: [String])] = [(start, dependencies(of: start))]
            states[start] = .open
            while let name = stack.last?.name {
                guard let dependency = stack[stack.count - 1].next.popLast() else {
                    states[name] = .done
                    stack.removeLast()
                    continue
                }
                switch states[dependency] {
                case .done?: continue
                case .open?:
                    let names = stack.map(\.name)
                    let circle = names[(names.firstIndex(of: dependency) ?? 0)...] + [dependency]
                    throw ComposeErrors(
                        "services depend on each other in a circle: \(circle.joined(separator: " → "))",
                        at: nodes[name]?["depends_on"] ?? nodes[name],
                        KeyPathText(["services", name, "depends_on"]),
                        remedy: "remove one of these dependencies"
                    )
                case nil:
                    states[dependency] = .open
                    stack.append((dependency, dependencies(of: dependency)))
                }
            }
        }
    }

    private func dependencies(of service: String) -> [String] {
        (services[service]?["depends_on"]?.objectValue ?? [:]).keys.filter { services[$0] != nil }.sorted(by: >)
    }
}
