/// Status and fields of an HTTP/1.1 answer, and where its body begins (RFC 9112).
struct ResponseHead: Sendable, Hashable {
    var status: Int
    var bodyStart: Int
    /// The fields' lines as they came: most checks ask for none of them.
    private var lines: ArraySlice<UInt8>

    enum Reading: Hashable {
        case incomplete
        case complete(ResponseHead)
        case invalid
    }

    /// A head longer than this is no sensible answer to a check.
    static let limit = 16 * 1024

    static func read(_ bytes: [UInt8]) -> Reading {
        guard bytes.prefix(5).elementsEqual("HTTP/".utf8.prefix(bytes.count)) else { return .invalid }
        guard let end = end(of: bytes) else { return bytes.count > limit ? .invalid : .incomplete }
        let first = bytes[..<end].prefix { $0 != UInt8(ascii: "\r") }
        let words = first.split(separator: UInt8(ascii: " "), maxSplits: 2)
        guard words.count >= 2, words[1].count == 3, let status = Int(String(decoding: words[1], as: UTF8.self)),
            (100...999).contains(status)
        else { return .invalid }
        return .complete(ResponseHead(status: status, bodyStart: end + 4, lines: bytes[first.endIndex..<end]))
    }

    /// Where the empty line is that ends a head.
    private static func end(of bytes: [UInt8]) -> Int? {
        bytes.withUnsafeBufferPointer { bytes in
            var index = 3
            while index < bytes.count {
                // Three of four bytes are looked at once at most.
                switch bytes[index] {
                case 0x0A:
                    if bytes[index - 1] == 0x0D, bytes[index - 2] == 0x0A, bytes[index - 3] == 0x0D { return index - 3 }
                    index += 2
                case 0x0D: index += 1
                default: index += 4
                }
            }
            return nil
        }
    }

    /// The value of a field, the last one when it comes twice.
    ///
    /// - Parameter name: in lower case.
    func field(_ name: String) -> String? {
        var found: String?
        for line in lines.split(whereSeparator: { $0 == 0x0D || $0 == 0x0A }) {
            guard line.count > name.utf8.count, line[line.startIndex + name.utf8.count] == UInt8(ascii: ":"),
                zip(line, name.utf8).allSatisfy({ $0 | 0x20 == $1 || $0 == $1 })
            else { continue }
            let value = line.dropFirst(name.utf8.count + 1).drop { $0 == 0x20 || $0 == 0x09 }
            found = String(decoding: value, as: UTF8.self)
        }
        return found
    }
}
