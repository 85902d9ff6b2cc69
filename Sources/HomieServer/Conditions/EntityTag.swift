import HomieAPI
import Hummingbird

/// What names one state of a thing (RFC 9110, section 8.8.3): `"<version>.<digest>"`.
///
/// The digest is of the whole answer, so that a cache never takes one state for another. A condition on a change looks at the
/// version alone: that a service became healthy meanwhile is no reason not to deploy, that somebody else deployed is.
struct EntityTag: Sendable, Hashable {
    let version: String
    let digest: String

    init(version: String, content: [UInt8]) {
        self.version = version
        // FNV-1a, 64 bits: it tells states apart, and guards nothing.
        let hash = content.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
        digest = String(hash, radix: 16)
    }

    var text: String { "\"\(version).\(digest)\"" }
}

/// The conditions of a request (RFC 9110, section 13.1).
struct Conditions: Sendable {
    private enum Tags {
        case any
        case listed([String])
    }

    private let match: Tags?
    private let noneMatch: Tags?

    init(_ request: Request) {
        match = Self.tags(request.headers[values: .ifMatch])
        noneMatch = Self.tags(request.headers[values: .ifNoneMatch])
    }

    var isEmpty: Bool { match == nil && noneMatch == nil }

    /// The tags without their quotes; a weak one (`W/`) is compared like a strong one where that is allowed.
    private static func tags(_ values: [String]) -> Tags? {
        guard !values.isEmpty else { return nil }
        let texts = values.joined(separator: ",").split(separator: "," as Character).map {
            (text: Substring) -> String in
            text.filter { $0 != "\"" && $0 != " " }
        }
        return texts.contains("*") ? .any : .listed(texts)
    }

    /// Whether the client has this already: then it gets no more than that (304).
    func isFresh(_ tag: EntityTag) -> Bool {
        switch noneMatch {
        case nil: false
        case .any: true
        case .listed(let texts):
            // Weak comparison (RFC 9110, section 8.8.3.2).
            texts.contains { text in
                (text.hasPrefix("W/") ? String(text.dropFirst(2)) : text) == "\(tag.version).\(tag.digest)"
            }
        }
    }

    /// That a change may go on.
    ///
    /// - Parameter version: of what is there; nil when nothing is.
    /// - Throws: `RequestError.changedMeanwhile`
    func check(version: String?) throws {
        switch match {
        case nil: break
        case .any: guard version != nil else { throw RequestError.changedMeanwhile(version) }
        case .listed(let texts):
            guard let version, texts.contains(where: { $0.prefix { $0 != "." } == version }) else {
                throw RequestError.changedMeanwhile(version)
            }
        }
        switch noneMatch {
        case nil: break
        case .any: guard version == nil else { throw RequestError.changedMeanwhile(version) }
        case .listed(let texts):
            if let version, texts.contains(where: { $0.prefix { $0 != "." } == version }) {
                throw RequestError.changedMeanwhile(version)
            }
        }
    }
}

extension Response {
    /// An answer with its tag, or 304 for a client that has it already.
    static func tagged(_ value: some Encodable, version: String, for request: Request) throws -> Response {
        try TaggedText(value, version: version).response(to: request)
    }
}
