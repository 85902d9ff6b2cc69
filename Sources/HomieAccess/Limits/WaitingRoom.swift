internal import HomieModel

/// What waits to be taken up again, for a while and within bounds, begun by clients that need not show who they are.
///
/// No client has more than its share, and when the room is full the one with the most loses its oldest: so one that begins many
/// keeps nobody else from beginning.
struct WaitingRoom<Value: Sendable>: Sendable {
    private struct Entry: Sendable {
        var value: Value
        var client: String
        var until: Timestamp
        /// The smaller, the longer it waits.
        var order: Int
    }

    let capacity: Int
    /// Of one client.
    let share: Int
    private var entries: [String: Entry] = [:]
    private var count = 0

    init(capacity: Int, share: Int) {
        self.capacity = capacity
        self.share = share
    }

    /// - Parameter client: whom it counts for.
    /// - Throws: ``AccessError/throttled(after:policy:)`` when the client has its share.
    mutating func add(
        _ value: Value,
        as id: String,
        of client: String,
        until: Timestamp,
        at now: Timestamp
    ) throws(AccessError) {
        entries = entries.filter { $0.value.until > now }
        let own = entries.values.filter { $0.client == client }
        if own.count >= share, let first = own.map(\.until).min() {
            throw .throttled(after: first - now, policy: "sign-in")
        }
        while entries.count >= capacity { removeOneOfTheMost() }
        count += 1
        entries[id] = Entry(value: value, client: client, until: until, order: count)
    }

    private mutating func removeOneOfTheMost() {
        let counts = entries.values.reduce(into: [String: Int]()) { $0[$1.client, default: 0] += 1 }
        let most = counts.values.max() ?? 0
        let oldest = entries.filter { counts[$0.value.client] == most }.min { $0.value.order < $1.value.order }
        if let oldest { entries[oldest.key] = nil }
    }

    /// What waits by that name; nil when it waits no longer.
    func value(_ id: String, at now: Timestamp) -> Value? {
        entries[id].flatMap { $0.until > now ? $0.value : nil }
    }

    /// One that waits and is as it is asked for.
    func first(at now: Timestamp, where isWanted: (Value) -> Bool) -> (id: String, value: Value)? {
        entries.first { $0.value.until > now && isWanted($0.value.value) }.map { ($0.key, $0.value.value) }
    }

    /// Changes what still waits.
    mutating func update(_ id: String, _ change: (inout Value) -> Void) {
        guard var entry = entries[id] else { return }
        change(&entry.value)
        entries[id] = entry
    }

    /// Takes out what waits by that name; nil when it waits no longer.
    mutating func take(_ id: String, at now: Timestamp) -> Value? {
        defer { entries[id] = nil }
        return value(id, at: now)
    }
}
