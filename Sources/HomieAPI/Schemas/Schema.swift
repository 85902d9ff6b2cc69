public import HomieModel

/// The shape of a JSON value: what is checked in requests and what OpenAPI shows (a subset of JSON Schema 2020-12).
public indirect enum Schema: Sendable, Hashable {
    case any
    case boolean
    case integer(minimum: Int64?)
    case number
    case string(format: String? = nil, pattern: String? = nil)
    /// One of these texts.
    case choice([String])
    case array(Schema)
    /// An object whose keys are names and whose values are all alike.
    case map(Schema)
    case object([Property])
    /// A shape with a name, from ``Schema/components``.
    case reference(String)

    /// A member of an object. Objects have no other members than those named.
    public struct Property: Sendable, Hashable {
        public var name: String
        public var schema: Schema
        public var isRequired: Bool
        public var note: String?

        public init(_ name: String, _ schema: Schema, isRequired: Bool = true, _ note: String? = nil) {
            self.name = name
            self.schema = schema
            self.isRequired = isRequired
            self.note = note
        }
    }
}

extension Schema {
    /// As JSON Schema.
    public var rendered: JSONValue {
        switch self {
        case .any: return [:]
        case .boolean: return ["type": "boolean"]
        case .integer(let minimum):
            var members: [String: JSONValue] = ["type": "integer", "format": "int64"]
            if let minimum { members["minimum"] = .integer(minimum) }
            return .object(members)
        case .number: return ["type": "number"]
        case .string(let format, let pattern):
            var members: [String: JSONValue] = ["type": "string"]
            members["format"] = format.map(JSONValue.string)
            members["pattern"] = pattern.map(JSONValue.string)
            return .object(members)
        case .choice(let texts): return ["type": "string", "enum": .array(texts.map(JSONValue.string))]
        case .array(let element): return ["type": "array", "items": element.rendered]
        case .map(let value): return ["type": "object", "additionalProperties": value.rendered]
        case .object(let properties): return Self.render(properties)
        case .reference(let name): return ["$ref": .string("#/components/schemas/\(name)")]
        }
    }

    private static func render(_ properties: [Property]) -> JSONValue {
        var members: [String: JSONValue] = [:]
        for property in properties {
            var schema = property.schema.rendered
            if let note = property.note, case .object(var content) = schema {
                content["description"] = .string(note)
                schema = .object(content)
            }
            members[property.name] = schema
        }
        var object: [String: JSONValue] = ["type": "object", "properties": .object(members)]
        let required = properties.filter(\.isRequired).map(\.name).sorted()
        if !required.isEmpty { object["required"] = .array(required.map(JSONValue.string)) }
        return .object(object)
    }
}
