import FoundationEssentials
public import HomieModel

/// Which keys of a service differ between two definitions.
public enum DefinitionDifference {
    /// Names of what differs, sorted; those of one level below for maps, e.g. `environment.LOG_LEVEL`.
    public static func keys(from old: ServiceDefinition, to new: ServiceDefinition) -> [String] {
        guard case .object(let before)? = value(of: old), case .object(let after)? = value(of: new) else { return [] }
        var keys: [String] = []
        for key in Set(before.keys).union(after.keys).sorted() where before[key] != after[key] {
            guard !ignored.contains(key) else { continue }
            guard case .object(let left)? = before[key], case .object(let right)? = after[key] else {
                keys.append(key)
                continue
            }
            for inner in Set(left.keys).union(right.keys).sorted() where left[inner] != right[inner] {
                keys.append("\(key).\(inner)")
            }
        }
        return keys
    }

    /// Keys that do not go into a container.
    public static let ignored: Set<String> = [
        "dependsOn", "replicas", "restart", "profiles", "pullPolicy", "build", "deploy", "homie",
    ]

    /// A definition as JSON: optional keys that are unset are absent.
    static func value(of definition: ServiceDefinition) -> JSONValue? {
        guard let data = try? JSONEncoder().encode(definition) else { return nil }
        return try? JSONDecoder().decode(JSONValue.self, from: data)
    }
}
