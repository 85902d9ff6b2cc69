/// Amounts of memory such as `512m`, `1.5g`, `64kb`; units count in powers of 1024.
enum ByteSize {
    /// Nil when `text` is not a size: digits, at most one space, one of `kmgtp`, and `i` and `b` as decoration.
    static func parse(_ text: String) -> Int64? {
        var rest = Substring(text).utf8
        let number = rest.prefix { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
        guard let first = number.first, first != UInt8(ascii: "."), number.last != UInt8(ascii: "."),
            let amount = Double(String(Substring(number)))
        else { return nil }
        rest = rest.dropFirst(number.count)
        if rest.first == 0x20 { rest = rest.dropFirst() }
        var factor = 1.0
        if let unit = rest.first, let power = Array("kmgtp".utf8).firstIndex(of: unit | 0x20), unit >= 0x41 {
            for _ in 0...power { factor *= 1024 }
            rest = rest.dropFirst()
        }
        if let next = rest.first, next | 0x20 == UInt8(ascii: "i") { rest = rest.dropFirst() }
        if let next = rest.first, next | 0x20 == UInt8(ascii: "b") { rest = rest.dropFirst() }
        guard rest.isEmpty, amount * factor < 9.2e18 else { return nil }
        return Int64(amount * factor)
    }
}
