/// A YAML timestamp (https://yaml.org/type/timestamp.html) in the forms the reference implementation takes.
struct YAMLTimestamp: Sendable, Hashable {
    var year: Int
    var month: Int
    var day: Int
    var hour = 0
    var minute = 0
    var second = 0
    /// Digits after the decimal point, without zeros at the end.
    var fraction = ""
    /// Minutes east of Greenwich; nil is UTC, written `Z`.
    var offset: Int?

    /// Nil when `text` is not a timestamp.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        var index = 0
        func digit(at place: Int) -> Int? {
            guard place < bytes.count, (0x30...0x39).contains(bytes[place]) else { return nil }
            return Int(bytes[place] - 0x30)
        }
        func number(atMost: Int) -> (value: Int, digits: Int)? {
            var value = 0
            var count = 0
            while count < atMost, let next = digit(at: index) {
                value = value * 10 + next
                index += 1
                count += 1
            }
            return count == 0 ? nil : (value, count)
        }
        func take(_ character: Character) -> Bool {
            guard index < bytes.count, bytes[index] == character.asciiValue else { return false }
            index += 1
            return true
        }
        guard let year = number(atMost: 4), year.digits == 4, take("-"), let month = number(atMost: 2), take("-"),
            let day = number(atMost: 2), (1...12).contains(month.value),
            (1...Self.days(in: month.value, of: year.value)).contains(day.value)
        else { return nil }
        self.year = year.value
        self.month = month.value
        self.day = day.value
        if index == bytes.count {
            // A date alone has two digits a part, or one.
            return
        }
        let spaced: Bool
        if take("T") || take("t") {
            spaced = false
        } else if take(" ") {
            spaced = true
        } else {
            return nil
        }
        guard let hour = number(atMost: 2), take(":"), let minute = number(atMost: 2), take(":"),
            let second = number(atMost: 2), hour.value < 24, minute.value < 60, second.value < 60
        else { return nil }
        (self.hour, self.minute, self.second) = (hour.value, minute.value, second.value)
        if take(".") {
            let start = index
            while digit(at: index) != nil { index += 1 }
            guard index > start else { return nil }
            var digits = String(decoding: bytes[start..<index], as: UTF8.self)
            while digits.hasSuffix("0") { digits.removeLast() }
            fraction = String(digits.prefix(9))
        }
        if index == bytes.count {
            // Without a zone only the form with a space is a timestamp.
            guard spaced else { return nil }
            return
        }
        guard !spaced else { return nil }
        if take("Z") {
            // UTC
        } else if take("+") || take("-") {
            let negative = bytes[index - 1] == 0x2D
            guard let hours = number(atMost: 2), hours.digits == 2, take(":"), let minutes = number(atMost: 2),
                minutes.digits == 2, hours.value < 24, minutes.value < 60
            else { return nil }
            offset = (hours.value * 60 + minutes.value) * (negative ? -1 : 1)
        } else {
            return nil
        }
        guard index == bytes.count else { return nil }
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    private func pad(_ value: Int, _ width: Int = 2) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private var day10: String { "\(pad(year, 4))-\(pad(month))-\(pad(day))" }
    private var time: String {
        "\(pad(hour)):\(pad(minute)):\(pad(second))" + (fraction.isEmpty ? "" : ".\(fraction)")
    }

    private func zone(separator: String) -> String {
        guard let offset else { return "" }
        return (offset < 0 ? "-" : "+") + pad(Int(offset.magnitude) / 60) + separator + pad(Int(offset.magnitude) % 60)
    }

    /// `2001-12-14 21:59:43.1 -0500 -0500`
    var plainText: String {
        let zone = offset.map { $0 == 0 ? "+0000 UTC" : "\(self.zone(separator: "")) \(self.zone(separator: ""))" }
        return "\(day10) \(time) \(zone ?? "+0000 UTC")"
    }

    /// `2001-12-14T21:59:43.1-05:00`
    var rfc3339: String { "\(day10)T\(time)" + ((offset ?? 0) == 0 ? "Z" : zone(separator: ":")) }
}
