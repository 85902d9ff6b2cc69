/// Status and fields of an HTTP/1.1 answer, and where its body begins (RFC 9112).
struct ResponseHead: Sendable, Hashable {
    var status: Int
    /// Names in lower case.
    var fields: [String: String]
    var bodyStart: Int

    enum Reading: Hashable {
        case incomplete
        case complete(ResponseHead)
        case invalid
    }

    /// A head longer than this is no sensible answer to a check.
    static let limit = 16 * 1024

    static func read(_ bytes: [UInt8]) -> Reading {
        guard bytes.prefix(5).elementsEqual("HTTP/".utf8.prefix(bytes.count)) else { return .invalid }
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else {
            return bytes.count > limit ? .invalid : .incomplete
        }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let words = (lines.first ?? "").split(separator: " ", maxSplits: 2)
        guard words.count >= 2, let status = Int(words[1]), (100...999).contains(status) else { return .invalid }
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            fields[line[..<colon].lowercased()] = String(value)
        }
        return .complete(ResponseHead(status: status, fields: fields, bodyStart: end.upperBound))
    }
}
