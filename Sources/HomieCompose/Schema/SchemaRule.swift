/// A rule of the Compose file's schema (compose-spec.json of the Compose Specification).
indirect enum SchemaRule: Sendable {
    /// One of these kinds of value.
    case kinds(Kinds)
    /// Text that is one of these.
    case oneOfTexts([String])
    /// A whole number within bounds, or text.
    case bounded(ClosedRange<Int>)
    case list(SchemaRule, unique: Bool)
    case map(Members)
    /// The first rule whose kinds the value has.
    case either([SchemaRule])
    case anything

    struct Kinds: OptionSet, Sendable {
        let rawValue: Int
        static let text = Kinds(rawValue: 1)
        static let whole = Kinds(rawValue: 2)
        /// Any number, whole ones too.
        static let number = Kinds(rawValue: 4)
        static let flag = Kinds(rawValue: 8)
        static let null = Kinds(rawValue: 16)
        static let list = Kinds(rawValue: 32)
        static let map = Kinds(rawValue: 64)
    }

    /// What a mapping may hold.
    struct Members: Sendable {
        var known: [String: SchemaRule] = [:]
        var required: [String] = []
        /// The rule of members whose names are not known, and which names they may have.
        var others: SchemaRule?
        var otherNames = Names.any
        /// True when names that fit nothing are accepted.
        var acceptsUnknown = false
        /// True when `x-…` is accepted.
        var acceptsExtensions = true
    }

    enum Names: Sendable {
        /// At least one character.
        case any
        /// `[a-zA-Z0-9._-]+`
        case identifier
        /// `[a-z]+`
        case lowercase

        func accepts(_ name: String) -> Bool {
            let bytes = name.utf8
            guard !bytes.isEmpty else { return false }
            return switch self {
            case .any: true
            case .identifier:
                bytes.allSatisfy {
                    ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A) || (0x30...0x39).contains($0) || ".-_".utf8.contains($0)
                }
            case .lowercase: bytes.allSatisfy { (0x61...0x7A).contains($0) }
            }
        }
    }
}

extension SchemaRule {
    static let text = SchemaRule.kinds(.text)
    static let textOrWhole = SchemaRule.kinds([.text, .whole])
    static let textOrNumber = SchemaRule.kinds([.text, .number])
    static let flagOrText = SchemaRule.kinds([.flag, .text])
    static let texts = SchemaRule.list(.text, unique: false)
    static let uniqueTexts = SchemaRule.list(.text, unique: true)
    static let textOrTexts = SchemaRule.either([.text, .uniqueTexts])
    static let listOrMap = SchemaRule.either([
        .map(Members(others: .kinds([.text, .number, .flag, .null]), acceptsExtensions: false)), .uniqueTexts,
    ])
    static let command = SchemaRule.either([.kinds([.null, .text]), .texts])
    static let options = SchemaRule.map(
        Members(others: .kinds([.text, .number]), acceptsUnknown: true, acceptsExtensions: false)
    )

    /// A mapping with these members and `x-…`.
    static func object(_ known: [String: SchemaRule], required: [String] = []) -> SchemaRule {
        .map(Members(known: known, required: required))
    }

    /// A mapping with these members and nothing else.
    static func closed(_ known: [String: SchemaRule], required: [String] = []) -> SchemaRule {
        .map(Members(known: known, required: required, acceptsExtensions: false))
    }

    static func named(_ rule: SchemaRule, _ names: Names, unknown: Bool = false) -> SchemaRule {
        .map(Members(others: rule, otherNames: names, acceptsUnknown: unknown, acceptsExtensions: false))
    }

    /// The kinds a value may have to be judged by this rule.
    var kinds: Kinds {
        switch self {
        case .kinds(let kinds): kinds
        case .oneOfTexts: .text
        case .bounded: [.text, .whole]
        case .list: .list
        case .map: .map
        case .either(let rules): rules.reduce([]) { $0.union($1.kinds) }
        case .anything: [.text, .whole, .number, .flag, .null, .list, .map]
        }
    }
}
