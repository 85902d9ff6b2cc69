import HomieModel

/// The newest events in memory, and those who listen to them.
struct EventLog {
    private(set) var recent: [EventRecord] = []
    private(set) var lastID: Int64
    private var listeners: [Int: AsyncStream<EventRecord>.Continuation] = [:]
    private var nextListener = 0

    /// Events kept in memory.
    static let capacity = 1000

    init(lastID: Int64) { self.lastID = lastID }

    /// Numbers the event, remembers it and tells everyone.
    mutating func append(_ make: (Int64) -> EventRecord) -> EventRecord {
        lastID += 1
        let event = make(lastID)
        recent.append(event)
        if recent.count > Self.capacity + 200 { recent.removeFirst(recent.count - Self.capacity) }
        for listener in listeners.values { listener.yield(event) }
        return event
    }

    /// A stream of what comes from now on; a slow reader loses the oldest.
    mutating func listen(onEnd: @escaping @Sendable (Int) -> Void) -> AsyncStream<EventRecord> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: EventRecord.self,
            bufferingPolicy: .bufferingNewest(Self.capacity)
        )
        let id = nextListener
        nextListener += 1
        listeners[id] = continuation
        continuation.onTermination = { _ in onEnd(id) }
        return stream
    }

    mutating func remove(listener id: Int) { listeners[id] = nil }

    mutating func finish() {
        for listener in listeners.values { listener.finish() }
        listeners = [:]
    }
}
