/// Text to numbers, as Go's `strconv` reads it.
enum GoNumber {
    /// A whole number with the prefixes `0x`, `0b`, `0o` and `0` (octal).
    static func integer(_ text: String) -> Int? {
        let (negative, magnitude) = parts(text)
        guard let magnitude else { return nil }
        if negative {
            return magnitude == UInt64(Int.max) + 1 ? Int.min : Int(exactly: magnitude).map { -$0 }
        }
        return Int(exactly: magnitude)
    }

    /// Like ``integer(_:)``, for numbers up to 2⁶⁴ − 1 and without a sign.
    static func unsigned(_ text: String) -> UInt64? {
        guard text.utf8.first != UInt8(ascii: "-"), text.utf8.first != UInt8(ascii: "+") else { return nil }
        return parts(text).magnitude
    }

    /// A whole number in decimal, with or without a sign.
    static func decimal(_ text: String) -> Int? {
        let digits = text.utf8.drop { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }
        guard !digits.isEmpty, text.utf8.count - digits.count <= 1 else { return nil }
        return Int(text)
    }

    /// A floating-point number; too large is nil, as an error would be.
    static func float(_ text: String) -> Double? {
        let bytes = text.utf8
        guard let first = bytes.first, bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        let unsigned = first == UInt8(ascii: "+") || first == UInt8(ascii: "-") ? text.dropFirst() : Substring(text)
        switch unsigned.lowercased() {
        case "inf", "infinity": return first == UInt8(ascii: "-") ? -.infinity : .infinity
        case "nan": return .nan
        default: break
        }
        guard let number = Double(text), number.isFinite else { return nil }
        return number
    }

    private static func parts(_ text: String) -> (negative: Bool, magnitude: UInt64?) {
        var digits = Substring(text)
        var negative = false
        if digits.hasPrefix("-") || digits.hasPrefix("+") {
            negative = digits.hasPrefix("-")
            digits = digits.dropFirst()
        }
        var radix = 10
        if digits.utf8.count > 1, digits.hasPrefix("0") {
            let second = digits.utf8[digits.utf8.index(after: digits.utf8.startIndex)]
            switch second | 0x20 {
            case UInt8(ascii: "x"): radix = 16
            case UInt8(ascii: "b"): radix = 2
            case UInt8(ascii: "o"): radix = 8
            default:
                guard (0x30...0x39).contains(second) else { return (negative, nil) }
                radix = 8
            }
            digits = digits.dropFirst((0x30...0x39).contains(second) ? 1 : 2)
        }
        guard let first = digits.utf8.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-") else {
            return (negative, nil)
        }
        return (negative, UInt64(digits, radix: radix))
    }
}
