/// The text of a kernel file, taken apart without making strings where none are needed.
struct KernelText {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }
    init(_ text: String) { bytes = Array(text.utf8) }

    var string: String {
        var end = bytes.endIndex
        while end > 0, bytes[end - 1] <= 0x20 { end -= 1 }
        return String(decoding: bytes[..<end], as: UTF8.self)
    }

    /// The only number of a file; nil for `max` and anything else.
    var number: Double? { Self.number(bytes[...]) }

    /// The number after `key` at the beginning of a line, as in `memory.stat`.
    func value(_ key: StaticString) -> Double? {
        let length = key.utf8CodeUnitCount
        var index = 0
        while index < bytes.count {
            let end = bytes[index...].firstIndex(of: 0x0A) ?? bytes.endIndex
            if end - index > length, bytes[index + length] == 0x20 || bytes[index + length] == 0x09,
                bytes[index..<index + length].elementsEqual(UnsafeBufferPointer(start: key.utf8Start, count: length))
            {
                return Self.number(bytes[(index + length)..<end])
            }
            index = end + 1
        }
        return nil
    }

    /// The number right after `marker` in the line that begins with the word `key`.
    func number(after marker: StaticString, inLine key: StaticString) -> Double? {
        func begins(_ text: StaticString, at index: Int, before end: Int) -> Bool {
            let length = text.utf8CodeUnitCount
            return index + length <= end
                && bytes[index..<index + length].elementsEqual(
                    UnsafeBufferPointer(start: text.utf8Start, count: length)
                )
        }
        var index = 0
        while index < bytes.count {
            let end = bytes[index...].firstIndex(of: 0x0A) ?? bytes.endIndex
            if begins(key, at: index, before: end), index + key.utf8CodeUnitCount < end,
                bytes[index + key.utf8CodeUnitCount] == 0x20
            {
                for place in index..<end where begins(marker, at: place, before: end) {
                    return Self.number(bytes[(place + marker.utf8CodeUnitCount)..<end])
                }
            }
            index = end + 1
        }
        return nil
    }

    /// All numbers that come right after `marker`, added up.
    func sum(after marker: StaticString) -> Double {
        let length = marker.utf8CodeUnitCount
        let wanted = UnsafeBufferPointer(start: marker.utf8Start, count: length)
        var total = 0.0
        var index = 0
        while index + length <= bytes.count {
            if bytes[index] == wanted[0], bytes[index..<index + length].elementsEqual(wanted) {
                total += Self.number(bytes[(index + length)...]) ?? 0
                index += length
            } else {
                index += 1
            }
        }
        return total
    }

    /// The words of every line.
    var rows: [[Substring]] { rows(of: .max) }

    /// The first words of every line; what comes after them is the last one.
    func rows(of most: Int) -> [[Substring]] {
        // By bytes: what makes a character is a long question, and nothing here asks it.
        String(decoding: bytes, as: UTF8.self).utf8.split(separator: 0x0A).map { line in
            line.split(maxSplits: most == .max ? .max : most - 1) { $0 == 0x20 || $0 == 0x09 }.map { Substring($0) }
        }
    }

    /// The first number in a piece of text; nil when its first word is none.
    static func number(_ piece: ArraySlice<UInt8>) -> Double? {
        var value: UInt64 = 0
        var digits = 0
        for byte in piece {
            if (0x30...0x39).contains(byte) {
                let (scaled, high) = value.multipliedReportingOverflow(by: 10)
                let (sum, over) = scaled.addingReportingOverflow(UInt64(byte - 0x30))
                if high || over { return nil }
                value = sum
                digits += 1
            } else if digits > 0 || (byte != 0x20 && byte != 0x09) {
                break
            }
        }
        return digits > 0 ? Double(value) : nil
    }
}
