internal import FoundationEssentials
public import HomieModel

/// JSON as the programs print it: sorted keys, so that the same value is always the same text.
public enum JSONOutput {
    /// A document over several lines, indented by two spaces, ended by a line feed.
    public static func document(_ value: some Encodable) throws -> String { indented(try compact(value)) + "\n" }

    /// A document in one line, ended by a line feed, for streams of documents.
    public static func line(_ value: some Encodable) throws -> String {
        String(decoding: try compact(value), as: UTF8.self) + "\n"
    }

    /// A JSON value over several lines; faster than going through an encoder.
    public static func document(_ value: JSONValue) -> String { indented(value.jsonBytes) + "\n" }

    private static func compact(_ value: some Encodable) throws -> [UInt8] {
        if let value = value as? JSONValue { return value.jsonBytes }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    /// Sets line feeds and spaces into JSON that has none.
    static func indented(_ compact: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(compact.count * 2)
        var depth = 0
        var index = 0
        func newLine() {
            text.append(0x0A)
            for _ in 0..<(depth * 2) { text.append(0x20) }
        }
        while index < compact.count {
            let byte = compact[index]
            switch byte {
            case 0x22:
                let end = endOfString(compact, from: index)
                text += compact[index..<end]
                index = end
                continue
            case 0x7B, 0x5B:
                text.append(byte)
                if index + 1 < compact.count, compact[index + 1] == byte + 2 {
                    text.append(byte + 2)
                    index += 1
                } else {
                    depth += 1
                    newLine()
                }
            case 0x7D, 0x5D:
                depth -= 1
                newLine()
                text.append(byte)
            case 0x2C:
                text.append(byte)
                newLine()
            case 0x3A: text += [0x3A, 0x20]
            default: text.append(byte)
            }
            index += 1
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The index after the closing quotation mark of the string that begins at `start`.
    private static func endOfString(_ bytes: [UInt8], from start: Int) -> Int {
        var index = start + 1
        while index < bytes.count {
            if bytes[index] == 0x22 { return index + 1 }
            index += bytes[index] == 0x5C ? 2 : 1
        }
        return bytes.count
    }
}
