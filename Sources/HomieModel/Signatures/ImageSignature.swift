/// What is known of the signature of one image in its registry, judged by certain keys: kept, so that a registry is not asked
/// again and again, nor anything unlearnt because it does not answer.
public struct ImageSignature: Sendable, Hashable, Codable {
    public enum State: String, Sendable, Hashable, Codable {
        /// One of the keys signed this very image.
        case verified
        /// One of the keys signed something that is not this image, or the signature was tampered with.
        case invalid
        /// There are signatures; none is by one of the keys.
        case unknownSigner = "unknown-signer"
        case unsigned
    }

    /// `name@sha256:…`
    public var image: String
    /// What the engine calls it once it has it: `sha256:…`.
    public var imageID: String?
    /// The keys it was judged by, as a digest of theirs; empty without keys.
    public var keys: String
    public var state: State
    /// The name of the key that signed.
    public var signer: String?
    /// Why it is ``State/invalid``, as a clause.
    public var reason: String?
    public var checkedAt: Timestamp

    public init(
        image: String,
        imageID: String? = nil,
        keys: String,
        state: State,
        signer: String? = nil,
        reason: String? = nil,
        checkedAt: Timestamp
    ) {
        self.image = image
        self.imageID = imageID
        self.keys = keys
        self.state = state
        self.signer = signer
        self.reason = reason
        self.checkedAt = checkedAt
    }

    /// As a clause about the image: `it …`.
    public var clause: String {
        switch state {
        case .verified: "is signed by '\(signer ?? "a known key")'"
        case .invalid: reason ?? "has a signature that does not hold"
        case .unknownSigner where keys.isEmpty: "is signed, but this device knows no key to check it with"
        case .unknownSigner: "is signed by someone whose key is not known here"
        case .unsigned: "is not signed"
        }
    }
}
