import HomieModel

/// A value of a Compose file, and where it stands.
struct ComposeNode: Sendable {
    var value: Value
    /// Where the value starts.
    var mark: SourceMark?
    /// Where its key starts, when it is a member of a mapping.
    var keyMark: SourceMark?

    enum Value: Sendable {
        case null
        case bool(Bool)
        case int(Int)
        /// A whole number beyond `Int`.
        case unsigned(UInt64)
        case float(Double)
        case time(YAMLTimestamp)
        case string(String)
        case list([ComposeNode])
        case map([String: ComposeNode])
    }

    init(_ value: Value, mark: SourceMark? = nil, keyMark: SourceMark? = nil) {
        self.value = value
        self.mark = mark
        self.keyMark = keyMark
    }

    /// The same place, another value.
    func with(_ value: Value) -> ComposeNode { ComposeNode(value, mark: mark, keyMark: keyMark) }
}

extension ComposeNode {
    static func string(_ text: String) -> ComposeNode { ComposeNode(.string(text)) }
    static func bool(_ flag: Bool) -> ComposeNode { ComposeNode(.bool(flag)) }
    static func map(_ members: [String: ComposeNode]) -> ComposeNode { ComposeNode(.map(members)) }
    static let null = ComposeNode(.null)

    var isNull: Bool {
        if case .null = value { true } else { false }
    }

    var string: String? {
        if case .string(let text) = value { text } else { nil }
    }

    var bool: Bool? {
        if case .bool(let flag) = value { flag } else { nil }
    }

    var list: [ComposeNode]? {
        get { if case .list(let elements) = value { elements } else { nil } }
        set { if let newValue { value = .list(newValue) } }
    }

    var map: [String: ComposeNode]? {
        get { if case .map(let members) = value { members } else { nil } }
        set { if let newValue { value = .map(newValue) } }
    }

    /// The member called `key`, when this is a mapping that has one.
    subscript(key: String) -> ComposeNode? {
        get { map?[key] }
        set {
            guard case .map(var members) = value else { return }
            value = .null
            members[key] = newValue
            value = .map(members)
        }
    }

    /// What sort of value this is, in a reader's words.
    var kindName: String {
        switch value {
        case .null: "nothing"
        case .bool: "true or false"
        case .int, .unsigned: "a whole number"
        case .float: "a number"
        case .time: "a date"
        case .string: "text"
        case .list: "a list"
        case .map: "a mapping"
        }
    }

    /// The value as the reference implementation writes it when it turns any scalar into text.
    var plainText: String {
        switch value {
        case .null: "<nil>"
        case .bool(let flag): flag ? "true" : "false"
        case .int(let whole): String(whole)
        case .unsigned(let whole): String(whole)
        case .float(let real): FloatText.general(real)
        case .time(let time): time.plainText
        case .string(let text): text
        case .list(let elements): "[" + elements.map(\.plainText).joined(separator: " ") + "]"
        case .map(let members):
            "map["
                + members.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value.plainText)" }
                .joined(separator: " ") + "]"
        }
    }
}

extension ComposeNode {
    /// True when there are more than `budget` values; `budget` is what is left of it.
    func exceeds(_ budget: inout Int) -> Bool {
        budget -= 1
        guard budget >= 0 else { return true }
        switch value {
        case .list(let elements): return elements.contains { $0.exceeds(&budget) }
        case .map(let members): return members.values.contains { $0.exceeds(&budget) }
        default: return false
        }
    }

    /// - Throws: when the tree has become too large for a project.
    func checkSize() throws(ComposeErrors) {
        var budget = YAMLLimits.projectValues
        guard exceeds(&budget) else { return }
        throw ComposeErrors(
            "the project has more than \(YAMLLimits.projectValues) values",
            at: self,
            remedy: "extend or include less"
        )
    }
}

extension ComposeNode: Equatable {
    /// Equal values; where they stand does not matter.
    static func == (left: ComposeNode, right: ComposeNode) -> Bool {
        switch (left.value, right.value) {
        case (.null, .null): true
        case (.bool(let one), .bool(let other)): one == other
        case (.int(let one), .int(let other)): one == other
        case (.unsigned(let one), .unsigned(let other)): one == other
        case (.float(let one), .float(let other)): one == other
        case (.time(let one), .time(let other)): one == other
        case (.string(let one), .string(let other)): one.utf8.elementsEqual(other.utf8)
        case (.list(let one), .list(let other)): one == other
        case (.map(let one), .map(let other)): one == other
        default: false
        }
    }
}

extension ComposeNode {
    /// The value as JSON, as the reference implementation writes extensions: an empty list becomes null.
    var json: JSONValue {
        switch value {
        case .null: .null
        case .bool(let flag): .bool(flag)
        case .int(let whole): .integer(Int64(whole))
        case .unsigned(let whole): .number(Double(whole))
        case .float(let real): FloatText.json(real)
        case .time(let time): .string(time.rfc3339)
        case .string(let text): .string(text)
        case .list(let elements): elements.isEmpty ? .null : .array(elements.map(\.json))
        case .map(let members): .object(members.mapValues(\.json))
        }
    }

    /// A tree made of JSON, without places.
    init(json: JSONValue) {
        switch json {
        case .null: self.init(.null)
        case .bool(let flag): self.init(.bool(flag))
        case .integer(let whole): self.init(.int(Int(whole)))
        case .number(let real): self.init(.float(real))
        case .string(let text): self.init(.string(text))
        case .array(let elements): self.init(.list(elements.map { ComposeNode(json: $0) }))
        case .object(let members): self.init(.map(members.mapValues { ComposeNode(json: $0) }))
        }
    }
}
