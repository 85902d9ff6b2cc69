import HomieModel

/// Dates of the proleptic Gregorian calendar as days since 1970-01-01.
enum Civil {
    static func day(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        Timestamp.daysSinceEpoch(year: year, month: month, day: day)
    }

    static func date(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        Timestamp.civil(daysSinceEpoch: days)
    }

    /// 0 is Sunday.
    static func weekday(_ days: Int64) -> Int64 { floorRemainder(days + 4, 7) }

    static func year(of instant: Int64) -> Int64 { date(floorQuotient(instant, 86_400)).year }

    static func isLeap(_ year: Int64) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }
}

func floorQuotient(_ left: Int64, _ right: Int64) -> Int64 {
    let quotient = left / right
    return left % right != 0 && (left < 0) != (right < 0) ? quotient - 1 : quotient
}

func floorRemainder(_ left: Int64, _ right: Int64) -> Int64 { left - floorQuotient(left, right) * right }

func ceilingQuotient(_ left: Int64, _ right: Int64) -> Int64 { -floorQuotient(-left, right) }
