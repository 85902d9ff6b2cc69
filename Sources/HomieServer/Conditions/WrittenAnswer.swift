import HomieAPI
import Hummingbird
import Synchronization

/// The last answer of one kind, as it was written: a dashboard asks for the same list again and again, and comparing it with the
/// one before takes a fraction of writing it.
final class WrittenAnswer<Value: Hashable & Encodable & Sendable>: Sendable {
    private struct Written {
        let value: Value
        let version: String
        let text: TaggedText
    }

    private let last = Mutex<Written?>(nil)

    func text(of value: Value, version: String) throws -> TaggedText {
        let known = last.withLock { $0 }
        if let known, known.version == version, known.value == value { return known.text }
        let text = try TaggedText(value, version: version)
        last.withLock { $0 = Written(value: value, version: version, text: text) }
        return text
    }
}

/// An answer as JSON, and what names its state.
struct TaggedText: Sendable {
    let content: [UInt8]
    let tag: EntityTag

    init(_ value: some Encodable, version: String) throws {
        content = try JSONText.bytes(value)
        tag = EntityTag(version: version, content: content)
    }

    /// The answer, or 304 for a client that has it already.
    func response(to request: Request) -> Response {
        var response =
            Conditions(request).isFresh(tag)
            ? Response(status: .notModified, headers: [:])
            : Response.bytes(content, status: 200, as: ContentType.json)
        response.headers[.eTag] = tag.text
        // Kept by the client if it likes, and asked about every time.
        response.headers[.cacheControl] = "private, no-cache"
        return response
    }
}
