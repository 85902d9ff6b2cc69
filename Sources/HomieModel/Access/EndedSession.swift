/// A session that was ended before what it was given ends by itself.
public struct EndedSession: Sendable, Hashable {
    public var id: String
    /// When nothing it was given is good any more.
    public var until: Timestamp

    public init(id: String, until: Timestamp) {
        self.id = id
        self.until = until
    }
}
