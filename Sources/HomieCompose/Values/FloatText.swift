import HomieModel

/// Floating-point numbers as Go writes them.
enum FloatText {
    /// The shortest text that reads back as `number`, in the style of Go's `%v`: an exponent below −4 or from 6 on.
    static func general(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Inf" : "+Inf" }
        if number == 0 { return number.sign == .minus ? "-0" : "0" }
        let (digits, point) = decimal(of: number.magnitude)
        let sign = number < 0 ? "-" : ""
        let exponent = point - 1
        guard exponent >= -4, exponent < 6 else { return sign + scientific(digits, exponent) }
        if point <= 0 {
            return sign + "0." + String(repeating: "0", count: -point) + digits
        }
        if point >= digits.count {
            return sign + digits + String(repeating: "0", count: point - digits.count)
        }
        return sign + digits.prefix(point) + "." + digits.dropFirst(point)
    }

    /// A JSON number; a whole one is written without a fraction.
    static func json(_ number: Double) -> JSONValue {
        if let whole = Int64(exactly: number) { return .integer(whole) }
        return .number(number)
    }

    /// A number kept in single precision, as JSON writes it: the shortest text that reads back in that precision.
    static func json(single number: Float) -> JSONValue {
        json(Double(number.description) ?? Double(number))
    }

    private static func scientific(_ digits: String, _ exponent: Int) -> String {
        let mantissa = digits.count > 1 ? "\(digits.prefix(1)).\(digits.dropFirst())" : digits
        let size = exponent.magnitude
        return mantissa + (exponent < 0 ? "e-" : "e+") + (size < 10 ? "0" : "") + String(size)
    }

    /// The significant digits, and where the decimal point stands: 0.5 is ("5", 0), 12.5 is ("125", 2).
    private static func decimal(of number: Double) -> (digits: String, point: Int) {
        let parts = number.description.split(separator: "e")
        let shift = parts.count > 1 ? Int(parts[1].drop { $0 == "+" }) ?? 0 : 0
        let pieces = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let whole = String(pieces[0])
        let fraction = pieces.count > 1 ? String(pieces[1]) : ""
        var digits = whole + fraction
        var point = whole.count + shift
        while digits.hasPrefix("0"), digits.count > 1 {
            digits.removeFirst()
            point -= 1
        }
        while digits.hasSuffix("0"), digits.count > 1 { digits.removeLast() }
        return (digits, point)
    }
}
