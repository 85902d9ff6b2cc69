internal import HomieModel

/// Sessions whose tokens are refused although they are signed well and of this time: the content of a map of HAProxy's.
///
/// A key is a session, a value the second since 1970 from which on its tokens are refused anyway. So there are never more
/// than were ended within the life of a token.
struct EndedSessions: Sendable, Hashable {
    /// By session.
    private(set) var ends: [String: Int64] = [:]

    var isEmpty: Bool { ends.isEmpty }

    init() {}

    /// Reads the file; a line that is none of ours would be of no use to HAProxy either.
    init(text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 2, let end = Int64(words[1]) else { continue }
            ends[String(words[0])] = end
        }
    }

    mutating func insert(_ session: EndedSession) {
        let end = session.until.nanoseconds / 1_000_000_000 + 1
        ends[session.id] = max(end, ends[session.id] ?? 0)
    }

    mutating func remove(_ id: String) { ends[id] = nil }

    /// Forgets those that nothing is left of.
    ///
    /// - Returns: which they were.
    mutating func dropPast(now: Timestamp) -> [String] {
        let second = now.nanoseconds / 1_000_000_000
        let past = ends.filter { $0.value < second }.keys.sorted()
        for id in past { ends[id] = nil }
        return past
    }

    /// Sorted, so that the same sessions are the same text.
    var text: String { ends.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }.joined() }

    /// What makes a running process, which has `present`, refuse just these.
    func commands(map: String, present: [RunningGateway.MapEntry]) -> [RuntimeCommand] {
        let there = Set(present.map(\.key))
        let missing = ends.filter { !there.contains($0.key) }.sorted { $0.key < $1.key }
        return missing.map { .addEntry(map: map, key: $0.key, value: String($0.value)) }
            + there.filter { ends[$0] == nil }.sorted().map { .deleteEntry(map: map, key: $0) }
    }
}
