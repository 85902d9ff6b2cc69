internal import ArgumentParser
internal import HomieModel

/// A length of time on the command line: `90`, `90s`, `1m30s`, `2h`, `500ms`, `3d`.
struct LengthArgument: ExpressibleByArgument, Sendable, Hashable {
    let span: TimeSpan

    init?(argument: String) {
        var total = 0.0
        var digits = ""
        var rest = Substring(argument)
        var hasUnit = false
        while let character = rest.first {
            if character.isASCII, character.isNumber || character == "." {
                digits.append(character)
                rest.removeFirst()
                continue
            }
            let unit = String(rest.prefix { $0.isLetter })
            guard let number = Double(digits), let seconds = Self.units[unit] else { return nil }
            total += number * seconds
            digits = ""
            hasUnit = true
            rest.removeFirst(unit.count)
        }
        if !digits.isEmpty {
            guard !hasUnit, let number = Double(digits) else { return nil }
            total = number
        } else if !hasUnit {
            return nil
        }
        guard total.isFinite, total < 9e9 else { return nil }
        span = .seconds(total)
    }

    init(_ span: TimeSpan) { self.span = span }

    /// As it would be written: in the largest unit of which it is a whole number.
    var defaultValueDescription: String {
        let milliseconds = span.nanoseconds / 1_000_000
        let units: [(String, Int64)] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)]
        let unit = units.first { milliseconds % $0.1 == 0 } ?? ("ms", 1)
        return "\(milliseconds / unit.1)\(unit.0)"
    }

    private static let units: [String: Double] = ["ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
}

/// A point in time on the command line: RFC 3339 text, or how long ago.
enum MomentArgument: ExpressibleByArgument, Sendable, Hashable {
    case at(Timestamp)
    case ago(TimeSpan)

    init?(argument: String) {
        if let time = Timestamp(rfc3339: argument) {
            self = .at(time)
        } else if let length = LengthArgument(argument: argument) {
            self = .ago(length.span)
        } else {
            return nil
        }
    }

    var defaultValueDescription: String {
        switch self {
        case .at(let time): time.rfc3339
        case .ago(let span) where span.nanoseconds == 0: "now"
        case .ago(let span): LengthArgument(span).defaultValueDescription
        }
    }

    func time(now: Timestamp) -> Timestamp {
        switch self {
        case .at(let time): time
        case .ago(let span): Timestamp(nanoseconds: now.nanoseconds - span.nanoseconds)
        }
    }
}
