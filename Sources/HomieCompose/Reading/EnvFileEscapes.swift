/// Escapes in values with double quotes.
enum EnvFileEscapes {
    /// `text` with `\n`, `\t`, `\"`, `\\`, octal `\0nnn` and the like replaced; `\$` becomes `$$`.
    static func expand(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "\\")) else { return text }
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count else {
                result.append(bytes[index])
                index += 1
                continue
            }
            let next = bytes[index + 1]
            var end = index + 2
            switch next {
            case UInt8(ascii: "a"): result.append(0x07)
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0C)
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "v"): result.append(0x0B)
            case UInt8(ascii: "\\"), UInt8(ascii: "\""): result.append(next)
            case UInt8(ascii: "$"): result += [next, next]
            case UInt8(ascii: "0"):
                let digits = bytes[end...].prefix(3).prefix { (0x30...0x39).contains($0) }
                end += digits.count
                let value = digits.count == 3 ? UInt32(String(decoding: digits, as: UTF8.self), radix: 8) : nil
                if let value, value < 256, let scalar = Unicode.Scalar(value) {
                    result += Array(String(Character(scalar)).utf8)
                } else {
                    result += bytes[index..<end]
                }
            default:
                result.append(bytes[index])
                end = index + 1
            }
            index = end
        }
        return String(decoding: result, as: UTF8.self)
    }
}
