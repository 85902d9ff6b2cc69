/// The keys that lead to a value; `[]` stands for any element of a list.
struct KeyPathText: Hashable, Sendable {
    static let root = KeyPathText([])
    /// Names an element of a list in patterns.
    static let element = "[]"

    var keys: [String]

    init(_ keys: [String]) { self.keys = keys }

    func appending(_ key: String) -> KeyPathText { KeyPathText(keys + [key]) }
    func appending(index: Int) -> KeyPathText { KeyPathText(keys + ["[\(index)]"]) }

    /// `services.web.ports[0]`
    var text: String {
        keys.reduce(into: "") { text, key in
            text += text.isEmpty || key.hasPrefix("[") ? key : ".\(key)"
        }
    }

    /// True when each key equals that of `pattern`, in which `*` stands for any key.
    func matches(_ pattern: [String]) -> Bool {
        guard pattern.count == keys.count else { return false }
        return zip(pattern, keys).allSatisfy { $0 == "*" || $0 == $1 || ($0 == Self.element && $1.hasPrefix("[")) }
    }
}
