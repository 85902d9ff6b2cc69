import HomieAPI
import Hummingbird

/// The part of a list that a client asks for: `limit` of those after `cursor`.
///
/// A cursor names the last thing of the page before, not its place, so that what comes and goes meanwhile neither repeats
/// others nor hides them.
struct Page {
    private let limit: Int?
    private let last: String?

    /// - Throws: `RequestError.badCursor`
    init(_ query: Query) throws {
        limit = query.integer("limit").map { Int($0) }
        last = try query.text("cursor").map { text in
            guard let key = Self.key(of: text) else { throw RequestError.badCursor(text) }
            return key
        }
    }

    /// - Parameter key: tells the list's elements apart, and is what they are sorted by.
    func cut<Element>(_ list: [Element], by key: (Element) -> String) -> (page: [Element], next: String?) {
        let sorted = list.map { (key($0), $0) }.sorted { $0.0 < $1.0 }
        let rest = sorted.drop { pair in last.map { pair.0 <= $0 } ?? false }
        guard let limit, rest.count > limit, let end = rest.prefix(limit).last else { return (rest.map(\.1), nil) }
        return (rest.prefix(limit).map(\.1), Self.cursor(end.0))
    }

    private static func cursor(_ key: String) -> String {
        "c" + key.utf8.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    private static func key(of cursor: String) -> String? {
        let digits = Array(cursor.utf8)
        guard digits.first == UInt8(ascii: "c"), digits.count % 2 == 1 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 1, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        // It is only compared: what no page ever gave leads to some place of the list.
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Response {
    /// Says where the next page is (RFC 8288).
    mutating func link(next cursor: String?, of route: Route, _ query: Query) {
        guard let cursor else { return }
        let others = query.text(without: "cursor")
        headers[.link] = "<\(route.endpoint.path)?\(others.isEmpty ? "" : "\(others)&")cursor=\(cursor)>; rel=\"next\""
    }
}
