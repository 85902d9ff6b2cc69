public import HomieModel

/// The shape of a JSON value: what is checked in requests and what OpenAPI shows (a subset of JSON Schema 2020-12).
public indirect enum Schema: Sendable, Hashable {
    case any
    case boolean
    case integer(minimum: Int64?, maximum: Int64? = nil)
    case number
    /// `length` counts characters (Unicode scalars).
    case string(format: String? = nil, pattern: String? = nil, length: ClosedRange<Int>? = nil)
    /// One of these texts.
    case choice([String])
    case array(Schema)
    /// An object whose keys are names and whose values are all alike.
    case map(Schema)
    case object([Property])
    /// An object with exactly one of these members.
    case oneMember([Property])
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
    public var rendered: JSONValue { rendered(isClosed: false) }

    /// As JSON Schema.
    ///
    /// - Parameter isClosed: objects have no members but those named. What is sent must not: a slip of the pen would change
    ///   nothing, and nobody would know. What is answered may get more members one day.
    func rendered(isClosed: Bool) -> JSONValue {
        switch self {
        case .any: return [:]
        case .boolean: return ["type": "boolean"]
        case .integer(let minimum, let maximum):
            var members: [String: JSONValue] = ["type": "integer", "format": "int64"]
            if let minimum { members["minimum"] = .integer(minimum) }
            if let maximum { members["maximum"] = .integer(maximum) }
            return .object(members)
        case .number: return ["type": "number"]
        case .string(let format, let pattern, let length):
            var members: [String: JSONValue] = ["type": "string"]
            members["format"] = format.map(JSONValue.string)
            members["pattern"] = pattern.map(JSONValue.string)
            if let length {
                members["minLength"] = .integer(Int64(length.lowerBound))
                members["maxLength"] = .integer(Int64(length.upperBound))
            }
            return .object(members)
        case .choice(let texts): return ["type": "string", "enum": .array(texts.map(JSONValue.string))]
        case .array(let element): return ["type": "array", "items": element.rendered(isClosed: isClosed)]
        case .map(let value): return ["type": "object", "additionalProperties": value.rendered(isClosed: isClosed)]
        case .object(let properties): return Self.render(properties, isClosed: isClosed)
        case .oneMember(let properties):
            var object = Self.render(properties, isClosed: true).objectValue ?? [:]
            object["required"] = nil
            object["minProperties"] = 1
            object["maxProperties"] = 1
            return .object(object)
        case .reference(let name): return ["$ref": .string("#/components/schemas/\(name)")]
        }
    }

    /// The names of the shapes that this one is made of, at any depth.
    var referenced: Set<String> {
        var found: Set<String> = []
        collect(into: &found)
        return found
    }

    private func collect(into found: inout Set<String>) {
        switch self {
        case .any, .boolean, .integer, .number, .string, .choice: break
        case .array(let element), .map(let element): element.collect(into: &found)
        case .object(let properties), .oneMember(let properties):
            for property in properties { property.schema.collect(into: &found) }
        case .reference(let name):
            if found.insert(name).inserted { Self.components[name]?.collect(into: &found) }
        }
    }

    private static func render(_ properties: [Property], isClosed: Bool) -> JSONValue {
        var members: [String: JSONValue] = [:]
        for property in properties {
            var schema = property.schema.rendered(isClosed: isClosed)
            if let note = property.note, case .object(var content) = schema {
                content["description"] = .string(note)
                schema = .object(content)
            }
            members[property.name] = schema
        }
        var object: [String: JSONValue] = ["type": "object", "properties": .object(members)]
        if isClosed { object["additionalProperties"] = false }
        let required = properties.filter(\.isRequired).map(\.name).sorted()
        if !required.isEmpty { object["required"] = .array(required.map(JSONValue.string)) }
        return .object(object)
    }
}
