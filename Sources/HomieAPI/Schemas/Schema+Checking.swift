public import HomieModel

/// What is wrong at one place of a document.
public struct SchemaViolation: Sendable, Hashable, Codable {
    /// A JSON pointer (RFC 6901).
    public var path: String
    /// One clause, e.g. `is not a boolean`.
    public var message: String

    public init(path: String, message: String) {
        self.path = path
        self.message = message
    }
}

extension Schema {
    /// Everything in `value` that is not as this schema says; members that no schema names are violations too. At most 20.
    public func violations(in value: JSONValue) -> [SchemaViolation] {
        var found: [SchemaViolation] = []
        check(value, at: JSONPointer(), into: &found)
        return found
    }

    private func check(_ value: JSONValue, at path: JSONPointer, into found: inout [SchemaViolation]) {
        guard found.count < 20 else { return }
        func report(_ message: String) { found.append(SchemaViolation(path: path.text, message: message)) }
        switch self {
        case .any: break
        case .boolean: if value.boolValue == nil { report("is not true or false") }
        case .integer(let minimum, let maximum):
            guard let number = value.integerValue else { return report("is not a whole number") }
            if let minimum, number < minimum { report("is less than \(minimum)") }
            if let maximum, number > maximum { report("is more than \(maximum)") }
        case .number:
            switch value {
            case .integer, .number: break
            case .null, .bool, .string, .array, .object: report("is not a number")
            }
        case .string(_, let pattern, let length):
            guard let text = value.stringValue else { return report("is not a text") }
            if let length, !length.contains(text.unicodeScalars.count) {
                report("does not have \(length.lowerBound) to \(length.upperBound) characters")
            }
            if let pattern, !TextPattern.matches(text, pattern) { report("is not written as it must be: \(pattern)") }
        case .choice(let texts):
            guard let text = value.stringValue, texts.contains(text) else {
                return report("is none of \(texts.joined(separator: ", "))")
            }
        case .array(let element):
            guard let elements = value.arrayValue else { return report("is not a list") }
            for (index, item) in elements.enumerated() { element.check(item, at: path.appending(index), into: &found) }
        case .map(let element):
            guard let members = value.objectValue else { return report("is not an object") }
            for (key, item) in members.sorted(by: { $0.key < $1.key }) {
                element.check(item, at: path.appending(key), into: &found)
            }
        case .object(let properties): Self.check(value, properties, at: path, into: &found)
        case .oneMember(let properties):
            let names = properties.map(\.name).joined(separator: ", ")
            guard value.objectValue?.count == 1 else { return report("does not have exactly one of \(names)") }
            let optional = properties.map { Property($0.name, $0.schema, isRequired: false) }
            Self.check(value, optional, at: path, into: &found)
        case .reference(let name):
            guard let schema = Self.components[name] else { return report("has the unknown shape \(name)") }
            schema.check(value, at: path, into: &found)
        }
    }

    private static func check(
        _ value: JSONValue,
        _ properties: [Property],
        at path: JSONPointer,
        into found: inout [SchemaViolation]
    ) {
        guard let members = value.objectValue else {
            found.append(SchemaViolation(path: path.text, message: "is not an object"))
            return
        }
        let names = Set(properties.map(\.name))
        for key in members.keys.sorted() where !names.contains(key) && found.count < 20 {
            found.append(SchemaViolation(path: path.appending(key).text, message: "is not a key that is known here"))
        }
        for property in properties {
            if let member = members[property.name] {
                property.schema.check(member, at: path.appending(property.name), into: &found)
            } else if property.isRequired {
                found.append(SchemaViolation(path: path.appending(property.name).text, message: "is missing"))
            }
        }
    }
}
