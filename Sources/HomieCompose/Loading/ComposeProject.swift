public import HomieModel

/// A loaded project: what Docker Compose would make of the files.
public struct ComposeProject: Sendable {
    public let name: StackName
    /// What should be looked at, though the project can be used.
    public let warnings: [ComposeWarning]

    /// The project with dollar signs as they are, the services' `x-homie` blocks, and the content of configs and
    /// secrets that come from the environment.
    let model: JSONValue
    /// True when variables were not filled in; the model is then what the files say, in long forms.
    let isRaw: Bool

    init(name: StackName, model: JSONValue, isRaw: Bool = false, warnings: [ComposeWarning]) {
        self.name = name
        self.model = model
        self.isRaw = isRaw
        self.warnings = warnings
    }

    /// The normal form: exactly the JSON value of `docker compose config --format json`. Dollar signs are doubled, so
    /// that it is a Compose file again.
    public var document: JSONValue {
        guard !isRaw, var members = model.objectValue else { return model }
        members["services"] = members["services"].map { services in
            Self.eachMember(services) { key, _ in !key.hasPrefix("x-") }
        }
        members["secrets"] = members["secrets"].map { Self.eachMember($0) { key, _ in key != "content" } }
        members["configs"] = members["configs"].map { configs in
            Self.eachMember(configs) { key, config in key != "content" || config["environment"] == nil }
        }
        return DollarSigns.double(.object(members))
    }

    /// Like ``document``, for the daemon: with the services' `x-homie` blocks, and with the content of configs and
    /// secrets that come from the environment.
    public var wireDocument: JSONValue { isRaw ? model : DollarSigns.double(model) }

    /// Like ``wireDocument``, taking the content of configs and secrets from `environment` where it is not known yet.
    public func wireDocument(environment: [String: String]) -> JSONValue {
        guard var members = wireDocument.objectValue else { return wireDocument }
        for section in ["configs", "secrets"] {
            guard let resources = members[section]?.objectValue else { continue }
            members[section] = .object(
                resources.mapValues { resource in
                    guard var own = resource.objectValue, own["content"] == nil,
                        let name = own["environment"]?.stringValue, let value = environment[name]
                    else { return resource }
                    own["content"] = DollarSigns.double(.string(value))
                    return .object(own)
                }
            )
        }
        return .object(members)
    }

    private static func eachMember(
        _ value: JSONValue,
        keeping isKept: (String, JSONValue) -> Bool
    ) -> JSONValue {
        guard let members = value.objectValue else { return value }
        return .object(
            members.mapValues { member in
                guard let own = member.objectValue else { return member }
                return .object(own.filter { isKept($0.key, member) })
            }
        )
    }
}

/// Dollar signs start variables in a Compose file; a doubled one is a plain one.
enum DollarSigns {
    static func double(_ value: JSONValue) -> JSONValue { replace(value) { double($0) } }
    static func halve(_ value: JSONValue) -> JSONValue { replace(value) { halve($0) } }

    static func double(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
        return String(decoding: text.utf8.flatMap { $0 == UInt8(ascii: "$") ? [$0, $0] : [$0] }, as: UTF8.self)
    }

    static func halve(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
        var bytes: [UInt8] = []
        var isSecond = false
        for byte in text.utf8 {
            if byte == UInt8(ascii: "$"), isSecond {
                isSecond = false
                continue
            }
            isSecond = byte == UInt8(ascii: "$")
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func replace(_ value: JSONValue, _ change: (String) -> String) -> JSONValue {
        switch value {
        case .string(let text): .string(change(text))
        case .array(let elements): .array(elements.map { replace($0, change) })
        case .object(let members):
            .object(
                Dictionary(members.map { (change($0.key), replace($0.value, change)) }) { first, _ in first }
            )
        case .null, .bool, .integer, .number: value
        }
    }
}
