/// Where a request goes.
public struct Route: Sendable, Hashable {
    public var endpoint: Endpoint
    /// Decoded path segments by the name in the template.
    public var parameters: [String: String]

    /// Finds the endpoint of a method and a raw path (without query, percent-encoded as it came).
    ///
    /// Segments are decoded once, after the path was split: an encoded slash never makes a new segment. `.` and `..` are
    /// refused, not resolved.
    /// - Throws: ``RequestError``: unknown path, method that the path does not have, segment that is not allowed.
    public init(method: String, path: String) throws(RequestError) {
        var segments: [String] = []
        guard path.utf8.first == UInt8(ascii: "/"), path.utf8.count <= 2048 else { throw .unknownPath(path) }
        for raw in path.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            segments.append(try Self.decode(segment: raw, of: path))
        }
        var allowed: [HTTPMethod] = []
        for endpoint in Endpoint.all {
            guard let parameters = Self.match(endpoint.path, segments) else { continue }
            if endpoint.method.rawValue == method || (method == "HEAD" && endpoint.method == .get) {
                self.endpoint = endpoint
                self.parameters = parameters
                return
            }
            allowed.append(endpoint.method)
        }
        guard allowed.isEmpty else { throw .methodNotAllowed(method, path, allowed: allowed) }
        throw .unknownPath(path)
    }

    private static func decode(segment: Substring, of path: String) throws(RequestError) -> String {
        guard let text = PercentEncoding.decode(segment),
            text != "..", text != ".",
            text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0 != "/" && $0.value != 0x7F })
        else { throw .badPath(path) }
        return text
    }

    private static func match(_ template: String, _ segments: [String]) -> [String: String]? {
        let parts = template.split(separator: "/")
        guard parts.count == segments.count else { return nil }
        var parameters: [String: String] = [:]
        for (part, segment) in zip(parts, segments) {
            if part.hasPrefix("{") {
                guard !segment.isEmpty else { return nil }
                parameters[String(part.dropFirst().dropLast())] = segment
            } else if part != segment {
                return nil
            }
        }
        return parameters
    }
}

/// Percent-encoding of path segments and query values (RFC 3986, section 2.1).
public enum PercentEncoding {
    /// The text; nil when an escape is cut off or the bytes are not UTF-8. `+` stays `+`.
    public static func decode(_ text: some StringProtocol) -> String? {
        var bytes: [UInt8] = []
        var iterator = text.utf8.makeIterator()
        while let byte = iterator.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = iterator.next().flatMap(digit), let low = iterator.next().flatMap(digit) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// Everything but the unreserved characters becomes an escape.
    public static func encode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
