/// One event of a `text/event-stream` (HTML Standard, "Server-sent events").
public struct ServerSentEvent: Sendable, Hashable {
    /// `message` when the stream does not name it.
    public var name: String
    /// The data lines, joined by line feeds.
    public var data: String
    /// The last ID the stream gave, which a new connection sends as `Last-Event-ID`.
    public var id: String?

    public init(name: String = "message", data: String, id: String? = nil) {
        self.name = name
        self.data = data
        self.id = id
    }
}
