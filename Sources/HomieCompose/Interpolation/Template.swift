/// Variables in text: `$NAME`, `${NAME}`, `${NAME:-default}` and the other forms of the Compose Specification
/// ("Interpolation"); `$$` is a dollar sign.
///
/// Defaults may contain variables. A `$` before anything else stays as it is.
struct Template {
    /// The value of a variable; nil when it is not set.
    var lookup: (String) -> String?
    /// Called for a variable that is not set and has no default.
    var onMissing: (String) -> Void

    /// Why a text cannot be filled in.
    enum Failure: Error, Equatable {
        /// `${` without a name, an operator that exists, or a closing brace on the same line.
        case malformed
        /// `${NAME:?message}` and the variable is not set, or empty.
        case required(name: String, message: String)
    }

    init(lookup: @escaping (String) -> String?, onMissing: @escaping (String) -> Void = { _ in }) {
        self.lookup = lookup
        self.onMissing = onMissing
    }

    /// `text` with its variables filled in.
    func fill(_ text: String) throws(Failure) -> String {
        guard text.utf8.contains(Self.dollar) else { return text }
        return String(decoding: try fill(Array(text.utf8)[...]), as: UTF8.self)
    }

    private static let dollar = UInt8(ascii: "$")
    private static let open = UInt8(ascii: "{")
    private static let close = UInt8(ascii: "}")

    private func fill(_ bytes: ArraySlice<UInt8>, depth: Int = 0) throws(Failure) -> [UInt8] {
        guard depth < 100 else { throw .malformed }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        var line = Line(end: bytes.startIndex, lastBrace: nil)
        while index < bytes.endIndex {
            let next = index + 1
            guard bytes[index] == Self.dollar, next < bytes.endIndex else {
                result.append(bytes[index])
                index = next
                continue
            }
            if bytes[next] == Self.dollar {
                result.append(Self.dollar)
                index = next + 1
            } else if bytes[next] == Self.open {
                let expression = try braced(bytes, from: next, &line)
                result += try value(of: expression, depth: depth)
                index = expression.endIndex + 1
            } else if let nameEnd = nameEnd(in: bytes, from: next) {
                result += plain(bytes[next..<nameEnd])
                index = nameEnd
            } else {
                result.append(Self.dollar)
                index = next
            }
        }
        return result
    }

    /// The line last looked at: where it ends, and its last closing brace.
    private struct Line {
        var end: Int
        var lastBrace: Int?
    }

    /// The expression after `${`, up to the brace that closes it; without one, up to the last brace of the line.
    private func braced(
        _ bytes: ArraySlice<UInt8>,
        from brace: Int,
        _ line: inout Line
    ) throws(Failure) -> ArraySlice<UInt8> {
        guard let nameEnd = nameEnd(in: bytes, from: brace + 1), nameEnd < bytes.endIndex else { throw .malformed }
        if bytes[nameEnd] == Self.close { return bytes[brace + 1..<nameEnd] }
        guard operatorLength(in: bytes, at: nameEnd) != nil else { throw .malformed }
        if nameEnd >= line.end {
            line.end = bytes[nameEnd...].firstIndex(of: 0x0A) ?? bytes.endIndex
            line.lastBrace = bytes[nameEnd..<line.end].lastIndex(of: Self.close)
        }
        guard let last = line.lastBrace, last > nameEnd else { throw .malformed }
        return bytes[brace + 1..<(closingBrace(in: bytes[brace...last]) ?? last)]
    }

    /// The brace that closes the first one. A brace counts with the character after it, as in the reference.
    private func closingBrace(in bytes: ArraySlice<UInt8>) -> Int? {
        var level = 0
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if bytes[index] == Self.close {
                level -= 1
                if level == 0 { return index }
            } else if bytes[index] == Self.open {
                level += 1
                index += 1
            }
            index += 1
        }
        return nil
    }

    private func nameEnd(in bytes: ArraySlice<UInt8>, from start: Int) -> Int? {
        var index = start
        while index < bytes.endIndex {
            switch bytes[index] {
            case 0x61...0x7A, 0x41...0x5A, UInt8(ascii: "_"): break
            case 0x30...0x39 where index > start: break
            default: return index > start ? index : nil
            }
            index += 1
        }
        return index > start ? index : nil
    }

    private func operatorLength(in bytes: ArraySlice<UInt8>, at index: Int) -> Int? {
        func isOperator(_ place: Int) -> Bool { place < bytes.endIndex && "-+?".utf8.contains(bytes[place]) }
        if isOperator(index) { return 1 }
        return bytes[index] == UInt8(ascii: ":") && isOperator(index + 1) ? 2 : nil
    }

    private func plain(_ name: ArraySlice<UInt8>) -> [UInt8] {
        let name = String(decoding: name, as: UTF8.self)
        guard let value = lookup(name) else {
            onMissing(name)
            return []
        }
        return Array(value.utf8)
    }

    private func value(of expression: ArraySlice<UInt8>, depth: Int) throws(Failure) -> [UInt8] {
        guard let nameEnd = nameEnd(in: expression, from: expression.startIndex) else { throw .malformed }
        guard nameEnd < expression.endIndex else { return plain(expression) }
        guard let length = operatorLength(in: expression, at: nameEnd) else { throw .malformed }
        let name = String(decoding: expression[..<nameEnd], as: UTF8.self)
        let alternative = try fill(expression[(nameEnd + length)...], depth: depth + 1)
        let current = lookup(name)
        let isThere = current.map { length == 1 || !$0.isEmpty } ?? false
        switch expression[nameEnd + length - 1] {
        case UInt8(ascii: "-"): return isThere ? Array((current ?? "").utf8) : alternative
        case UInt8(ascii: "+"): return isThere ? alternative : Array((current ?? "").utf8)
        default:
            guard isThere else {
                throw .required(name: name, message: String(decoding: alternative, as: UTF8.self))
            }
            return Array((current ?? "").utf8)
        }
    }
}
