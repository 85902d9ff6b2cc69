/// Variables that are named without a value in lists.
enum EnvironmentResolution {
    static func resolve(_ root: ComposeNode, environment: [String: String]) -> ComposeNode {
        guard let services = root["services"]?.map else { return root }
        var root = root
        root["services"]?.map = services.mapValues { service in
            service.changing(["environment"]) { list in
                guard let entries = list.list else { return list }
                return list.with(
                    .list(
                        entries.map { entry in
                            guard let name = entry.string, let value = environment[name] else { return entry }
                            return entry.with(.string("\(name)=\(value)"))
                        }
                    )
                )
            }
        }
        for section in ["configs", "secrets"] {
            guard let resources = root[section]?.map else { continue }
            root[section]?.map = resources.mapValues { resource in
                guard let name = resource["environment"]?.string, let value = environment[name] else { return resource }
                var resource = resource
                resource[Self.valueKey] = .string(value)
                return resource
            }
        }
        return root
    }

    /// Holds the value of `environment` beside it; not a key anybody can write.
    static let valueKey = "x-#value"
}
