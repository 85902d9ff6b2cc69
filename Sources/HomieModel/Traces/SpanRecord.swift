/// A piece of work that is over: what was done, when, for how long, and as part of what.
public struct SpanRecord: Sendable, Hashable, Codable {
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        /// Within this process.
        case `internal`
        /// An answer to a request.
        case server
        /// A request to someone else.
        case client
        case producer, consumer
    }

    public enum Outcome: String, Sendable, Hashable, Codable, CaseIterable {
        case unset, ok, error
    }

    /// Something that happened meanwhile.
    public struct Note: Sendable, Hashable, Codable {
        public var at: Timestamp
        public var name: String
        public var attributes: [String: JSONValue]

        public init(at: Timestamp, name: String, attributes: [String: JSONValue] = [:]) {
            self.at = at
            self.name = name
            self.attributes = attributes
        }
    }

    public var trace: TraceID
    public var span: SpanID
    public var parent: SpanID?
    public var name: String
    public var kind: Kind
    public var startedAt: Timestamp
    /// In nanoseconds.
    public var duration: TimeSpan
    public var outcome: Outcome
    /// Why it failed.
    public var reason: String?
    /// Texts, numbers, truth values, and lists of them.
    public var attributes: [String: JSONValue]
    public var notes: [Note]

    public init(
        trace: TraceID,
        span: SpanID,
        parent: SpanID? = nil,
        name: String,
        kind: Kind = .internal,
        startedAt: Timestamp,
        duration: TimeSpan,
        outcome: Outcome = .unset,
        reason: String? = nil,
        attributes: [String: JSONValue] = [:],
        notes: [Note] = []
    ) {
        self.trace = trace
        self.span = span
        self.parent = parent
        self.name = name
        self.kind = kind
        self.startedAt = startedAt
        self.duration = duration
        self.outcome = outcome
        self.reason = reason
        self.attributes = attributes
        self.notes = notes
    }

    public var endedAt: Timestamp { startedAt + duration }
}

/// A trace in a list: its first span, and how much there is of it.
public struct TraceSummary: Sendable, Hashable, Codable {
    public var trace: TraceID
    /// Of the span that no other one of this device contains.
    public var name: String
    public var startedAt: Timestamp
    /// In nanoseconds, from the first beginning to the last end.
    public var duration: TimeSpan
    public var spans: Int
    public var hasErrors: Bool

    public init(
        trace: TraceID,
        name: String,
        startedAt: Timestamp,
        duration: TimeSpan,
        spans: Int,
        hasErrors: Bool
    ) {
        self.trace = trace
        self.name = name
        self.startedAt = startedAt
        self.duration = duration
        self.spans = spans
        self.hasErrors = hasErrors
    }
}
