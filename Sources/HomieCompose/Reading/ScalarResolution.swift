/// What a scalar of YAML means, by the rules of go-yaml v3: YAML 1.2 with the octal numbers of 1.1.
///
/// `yes`, `no`, `on` and `off` are text. Only scalars without quotes and without a tag of their own come here.
enum ScalarResolution {
    static func value(of text: String) -> ComposeNode.Value {
        guard let first = text.utf8.first else { return .null }
        switch first {
        case UInt8(ascii: "y"), UInt8(ascii: "Y"), UInt8(ascii: "n"), UInt8(ascii: "N"), UInt8(ascii: "t"),
            UInt8(ascii: "T"), UInt8(ascii: "f"), UInt8(ascii: "F"), UInt8(ascii: "o"), UInt8(ascii: "O"),
            UInt8(ascii: "~"):
            return word(text) ?? .string(text)
        case UInt8(ascii: "."):
            return word(text) ?? GoNumber.float(text).map { .float($0) } ?? .string(text)
        case UInt8(ascii: "+"), UInt8(ascii: "-"), 0x30...0x39:
            if let special = word(text) { return special }
            if let time = YAMLTimestamp(text) { return .time(time) }
            return number(text) ?? .string(text)
        default:
            return .string(text)
        }
    }

    private static func word(_ text: String) -> ComposeNode.Value? {
        switch text {
        case "true", "True", "TRUE": .bool(true)
        case "false", "False", "FALSE": .bool(false)
        case "~", "null", "Null", "NULL": .null
        case ".nan", ".NaN", ".NAN": .float(.nan)
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": .float(.infinity)
        case "-.inf", "-.Inf", "-.INF": .float(-.infinity)
        default: nil
        }
    }

    private static func number(_ text: String) -> ComposeNode.Value? {
        let plain = text.utf8.contains(UInt8(ascii: "_")) ? text.filter { $0 != "_" } : text
        if let whole = GoNumber.integer(plain) { return .int(whole) }
        if let whole = GoNumber.unsigned(plain) { return .unsigned(whole) }
        guard isDecimal(plain), let real = GoNumber.float(plain) else { return nil }
        return .float(real)
    }

    /// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
    private static func isDecimal(_ text: String) -> Bool {
        var rest = Substring(text).utf8
        func digits() -> Int {
            let count = rest.prefix { (0x30...0x39).contains($0) }.count
            rest = rest.dropFirst(count)
            return count
        }
        func sign() {
            if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        }
        sign()
        let whole = digits()
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            if digits() == 0, whole == 0 { return false }
        } else if whole == 0 {
            return false
        }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest = rest.dropFirst()
            sign()
            if digits() == 0 { return false }
        }
        return rest.isEmpty
    }
}
