import HomieAPI
import HomieModel
import Hummingbird
import NIOCore

/// A body that fits its schema.
struct CheckedBody {
    var value: JSONValue
    private let bytes: [UInt8]

    init(_ value: JSONValue, bytes: [UInt8]) {
        self.value = value
        self.bytes = bytes
    }

    /// Of the bytes as they came.
    var digest: ContentDigest { ContentDigest(of: bytes) }
}

extension Request {
    /// The value of ``checkedRequest(of:)``.
    func checkedBody(of endpoint: Endpoint) async throws -> JSONValue? {
        try await checkedRequest(of: endpoint)?.value
    }

    /// The body, checked against the endpoint's schema; nil when it has none and needs none.
    ///
    /// A body that is too large is refused as soon as that is known: by its declared length before any of it is read.
    /// - Throws: `RequestError`, `JSONSyntaxError`
    func checkedRequest(of endpoint: Endpoint) async throws -> CheckedBody? {
        guard let schema = endpoint.body else { return nil }
        let bytes = try await bytes(of: endpoint)
        guard !bytes.isEmpty else {
            guard endpoint.isBodyRequired else { return nil }
            throw RequestError.bodyMissing
        }
        let type = headers[.contentType]
        let media = type?.split(separator: ";").first.map { $0.filter { $0 != " " }.lowercased() }
        guard media == ContentType.json else { throw RequestError.notJSON(contentType: type) }
        let value = try JSONValue(parsing: bytes)
        let violations = schema.violations(in: value)
        guard violations.isEmpty else { throw RequestError.badBody(violations) }
        return CheckedBody(value, bytes: bytes)
    }

    /// Reads the body as it is, and keeps it for whoever reads it next.
    mutating func wholeBody(of endpoint: Endpoint) async throws -> [UInt8] {
        let bytes = try await bytes(of: endpoint)
        body = RequestBody(buffer: ByteBuffer(bytes: bytes))
        return bytes
    }

    private func bytes(of endpoint: Endpoint) async throws -> [UInt8] {
        try await bytes(upTo: endpoint.bodyLimit, within: endpoint.bodyPatience)
    }

    /// The whole body.
    ///
    /// - Parameters:
    ///   - limit: in bytes.
    ///   - patience: for all of it.
    /// - Throws: `RequestError.bodyTooLarge`, `RequestError.bodyTooSlow`
    func bytes(upTo limit: Int, within patience: Duration) async throws -> [UInt8] {
        if let declared = headers[.contentLength], (Int(declared) ?? .max) > limit {
            throw RequestError.bodyTooLarge(limit: ByteCount(bytes: Int64(limit)))
        }
        return try await body.bytes(upTo: limit, within: patience)
    }

    /// Whether something comes behind the head (RFC 9112, section 6.3).
    var hasBody: Bool { headers[.contentLength].map { $0 != "0" } ?? (headers[.transferEncoding] != nil) }
}

extension RequestBody {
    /// Everything, unless it is too much or the time is over before; who sends nothing at all does not keep it waiting.
    ///
    /// - Throws: `RequestError.bodyTooLarge`, `RequestError.bodyTooSlow`
    func bytes(upTo limit: Int, within patience: Duration) async throws -> [UInt8] {
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            defer { group.cancelAll() }
            group.addTask {
                var bytes: [UInt8] = []
                for try await chunk in self {
                    guard bytes.count + chunk.readableBytes <= limit else {
                        throw RequestError.bodyTooLarge(limit: ByteCount(bytes: Int64(limit)))
                    }
                    bytes += chunk.readableBytesView
                }
                return bytes
            }
            group.addTask {
                try await Task.sleep(for: patience)
                throw RequestError.bodyTooSlow
            }
            return try await group.next() ?? []
        }
    }
}
