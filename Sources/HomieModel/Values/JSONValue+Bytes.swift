extension JSONValue {
    /// JSON text (RFC 8259) in UTF-8 without spaces, keys sorted; numbers that are not finite become null.
    ///
    /// Several times as fast as an encoder, for documents of many services.
    public var jsonBytes: [UInt8] {
        var writer = JSONValueWriter()
        writer.write(self)
        return writer.bytes
    }
}

/// Appends values to JSON text.
private struct JSONValueWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write(_ value: JSONValue) {
        switch value {
        case .null: bytes += "null".utf8
        case .bool(let flag): bytes += (flag ? "true" : "false").utf8
        case .integer(let whole): bytes += String(whole).utf8
        case .number(let real): write(real)
        case .string(let text): write(text)
        case .array(let elements):
            bytes.append(0x5B)
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(0x2C) }
                write(element)
            }
            bytes.append(0x5D)
        case .object(let members):
            bytes.append(0x7B)
            for (index, key) in members.keys.sorted().enumerated() {
                if index > 0 { bytes.append(0x2C) }
                write(key)
                bytes.append(0x3A)
                write(members[key] ?? .null)
            }
            bytes.append(0x7D)
        }
    }

    private mutating func write(_ real: Double) {
        // JSON has neither infinity nor "not a number".
        guard real.isFinite else { return bytes += "null".utf8 }
        if real == real.rounded(), abs(real) < 1e15 {
            bytes += String(Int64(real)).utf8
        } else {
            bytes += "\(real)".utf8
        }
    }

    private mutating func write(_ text: String) {
        bytes.append(0x22)
        for byte in text.utf8 {
            switch byte {
            case 0x22, 0x5C: bytes += [0x5C, byte]
            case 0x0A: bytes += [0x5C, 0x6E]
            case 0x0D: bytes += [0x5C, 0x72]
            case 0x09: bytes += [0x5C, 0x74]
            case 0x00..<0x20, 0x7F:
                let digits = Array("0123456789abcdef".utf8)
                bytes += [0x5C, 0x75, 0x30, 0x30, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        bytes.append(0x22)
    }
}
