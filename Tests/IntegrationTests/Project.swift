import HomieModel

/// A normalised Compose project made by hand.
struct Project {
    var name: String
    var services: [String: [String: JSONValue]] = [:]
    var volumes: [String] = []

    /// Adds a service of the small fixture image that serves HTTP on port 80.
    mutating func add(_ service: String, _ change: (inout [String: JSONValue]) -> Void = { _ in }) {
        var body: [String: JSONValue] = [
            "image": .string("homie/static:1"), "networks": .object(["default": .null]),
            "stop_grace_period": .string("1s"),
        ]
        change(&body)
        if body["network_mode"] != nil { body["networks"] = nil }
        services[service] = body
    }

    var document: JSONValue {
        var result: [String: JSONValue] = [
            "name": .string(name), "services": .object(services.mapValues { .object($0) }),
            "networks": .object(["default": .object(["name": .string("\(name)_default"), "ipam": .object([:])])]),
        ]
        if !volumes.isEmpty {
            result["volumes"] = .object(
                Dictionary(uniqueKeysWithValues: volumes.map { ($0, .object(["name": .string("\(name)_\($0)")])) })
            )
        }
        return .object(result)
    }

    static func environment(_ values: [String: String]) -> JSONValue { .object(values.mapValues { .string($0) }) }

    static func dependsOn(_ names: [String: String]) -> JSONValue {
        .object(names.mapValues { .object(["condition": .string($0), "required": .bool(true)]) })
    }

    /// A check that passes as soon as the service answers.
    static let healthcheck = JSONValue.object([
        "test": .array([
            .string("CMD"), .string("wget"), .string("-q"), .string("-O"), .string("/dev/null"),
            .string("http://127.0.0.1/healthz"),
        ]),
        "interval": .string("1s"), "timeout": .string("1s"), "retries": .integer(3),
    ])

    static func volume(_ key: String, at target: String) -> JSONValue {
        .array([
            .object([
                "type": .string("volume"), "source": .string(key), "target": .string(target), "volume": .object([:]),
            ])
        ])
    }
}
