import HomieAPI
import HomieAccess
import HomieModel
import Hummingbird
import NIOCore

/// Remembers the answers of requests with an `Idempotency-Key`, so that one that is sent twice is done once
/// (draft-ietf-httpapi-idempotency-key-header).
///
/// In memory only: an answer may hold a secret that is shown once, and must not be written to disk for that. After a restart
/// of the daemon a key is new again.
actor AnswerKeeper {
    struct Key: Hashable {
        /// Keys of different clients have nothing to do with each other.
        var client: String
        var text: String
    }

    struct Kept: Sendable {
        var status: HTTPResponse.Status
        var headers: HTTPFields
        var body: ByteBuffer
    }

    private enum Entry {
        case running(Int)
        case done(Int, Kept, at: Timestamp)
    }

    private static let capacity = 1000
    private static let life: Int64 = 24 * 3600 * 1_000_000_000
    /// Longer answers are sent again by doing it again, as before.
    static let longestAnswer = 1 << 20

    private var entries: [Key: Entry] = [:]

    /// Begins a request, or returns the answer it was given before.
    ///
    /// - Parameter fingerprint: of the request; another one with the same key is refused.
    /// - Throws: `RequestError.keyReused`, `RequestError.keyBusy`
    func begin(_ key: Key, fingerprint: Int, now: Timestamp) throws -> Kept? {
        switch entries[key] {
        case .running(let other):
            guard other == fingerprint else { throw RequestError.keyReused }
            throw RequestError.keyBusy
        case .done(let other, let kept, let at) where (now - at).nanoseconds < Self.life:
            guard other == fingerprint else { throw RequestError.keyReused }
            return kept
        case .done, nil:
            makeRoom(now)
            entries[key] = .running(fingerprint)
            return nil
        }
    }

    /// - Parameter kept: nil when it may be tried again.
    func end(_ key: Key, _ kept: Kept?, fingerprint: Int, now: Timestamp) {
        entries[key] = kept.map { .done(fingerprint, $0, at: now) }
    }

    private func makeRoom(_ now: Timestamp) {
        guard entries.count >= Self.capacity else { return }
        var times = entries.compactMap { key, entry -> (Key, Timestamp)? in
            guard case .done(_, _, let at) = entry else { return nil }
            return (key, at)
        }
        times.sort { $0.1 < $1.1 }
        for (key, _) in times.prefix(Self.capacity / 4) { entries[key] = nil }
    }
}

extension APIResponder {
    /// Does what `body` does once for each key of a client.
    func once(
        _ request: Request,
        _ caller: Caller,
        _ endpoint: Endpoint,
        _ body: (Request) async throws -> Response
    ) async throws -> Response {
        guard endpoint.method != .get, let text = request.headers[.idempotencyKey] else {
            return try await body(request)
        }
        guard (1...255).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw RequestError.badKey
        }
        var request = request
        let content = try await request.wholeBody(of: endpoint)
        var hasher = Hasher()
        hasher.combine(request.method.rawValue)
        hasher.combine(request.uri.string)
        hasher.combine(content)
        let fingerprint = hasher.finalize()
        let client = caller.principal.way == .nobody ? caller.client.address : caller.principal.name
        let key = AnswerKeeper.Key(client: client, text: text)
        let now = clock()
        if let kept = try await keeper.begin(key, fingerprint: fingerprint, now: now) {
            var headers = kept.headers
            headers[.idempotencyReplayed] = "true"
            return Response(status: kept.status, headers: headers, body: ResponseBody(byteBuffer: kept.body))
        }
        do {
            let response = try await body(request)
            let kept = response.status.code < 500 ? try await response.kept() : nil
            await keeper.end(key, kept, fingerprint: fingerprint, now: now)
            guard let kept else { return response }
            return Response(status: kept.status, headers: kept.headers, body: ResponseBody(byteBuffer: kept.body))
        } catch {
            await keeper.end(key, nil, fingerprint: fingerprint, now: now)
            throw error
        }
    }
}

extension Response {
    /// The answer with its body in memory; nil when that is too long.
    fileprivate func kept() async throws -> AnswerKeeper.Kept? {
        guard let length = body.contentLength, length <= AnswerKeeper.longestAnswer else { return nil }
        let collected = CollectedBody()
        try await body.write(BodyCollector(into: collected))
        return AnswerKeeper.Kept(status: status, headers: headers, body: await collected.buffer)
    }
}

private actor CollectedBody {
    var buffer = ByteBuffer()
    func append(_ more: ByteBuffer) { buffer.writeImmutableBuffer(more) }
}

private struct BodyCollector: ResponseBodyWriter {
    let target: CollectedBody

    init(into target: CollectedBody) { self.target = target }

    mutating func write(_ buffer: ByteBuffer) async throws { await target.append(buffer) }
    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

extension HTTPFields.Element.Name {
    static let idempotencyKey = Self("idempotency-key") ?? .accept
    static let link = Self("link") ?? .accept
    static let idempotencyReplayed = Self("idempotency-replayed") ?? .accept
}
