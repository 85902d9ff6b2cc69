/// A request of HTTP/1.1 (RFC 9112).
public struct HTTPRequest: Sendable {
    public enum Method: String, Sendable, Hashable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"

        /// True when sending the request twice does what sending it once does (RFC 9110, 9.2.2).
        public var isIdempotent: Bool {
            switch self {
            case .get, .head, .put, .delete: true
            case .post, .patch: false
            }
        }
    }

    public enum Body: Sendable {
        case none
        case bytes([UInt8])
        /// Written piece by piece while it is sent, at the pace of the receiver.
        case stream(@Sendable (HTTPBodyWriter) async throws -> Void)
    }

    public var method: Method
    /// Path and query, percent-encoded.
    public var target: String
    public var fields: HTTPFields
    public var body: Body
    /// How long the head of the response may take; nil for as long as it takes.
    public var headTimeout: Duration?

    public init(
        _ method: Method,
        _ target: String,
        fields: HTTPFields = [:],
        body: Body = .none,
        headTimeout: Duration? = .seconds(60)
    ) {
        self.method = method
        self.target = target
        self.fields = fields
        self.body = body
        self.headTimeout = headTimeout
    }

    /// True when target and fields hold nothing that could end a line or field early (RFC 9112, 11.1).
    var isWellFormed: Bool {
        target.utf8.first == 0x2F && target.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
            && fields.fields.allSatisfy { field in
                !field.name.isEmpty && field.name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3A }
                    && field.value.utf8.allSatisfy { ($0 >= 0x20 || $0 == 0x09) && $0 != 0x7F }
            }
    }
}

/// Percent-encoding of paths and queries (RFC 3986).
public enum HTTPTarget {
    /// A path with its query; `path` is taken as encoded already, names and values of the query are encoded here.
    public static func path(_ path: String, query: [(name: String, value: String)] = []) -> String {
        guard !query.isEmpty else { return path }
        return path + "?" + query.map { "\(encoded($0.name))=\(encoded($0.value))" }.joined(separator: "&")
    }

    /// One segment of a path or one part of a query: everything but unreserved characters is encoded.
    public static func encoded(_ text: String, keeping kept: String = "") -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            if isUnreserved(byte) || kept.utf8.contains(byte) {
                bytes.append(byte)
            } else {
                bytes += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x41...0x5A, 0x61...0x7A, 0x30...0x39, 0x2D, 0x2E, 0x5F, 0x7E: true
        default: false
        }
    }
}
