internal import HomieAPI
internal import HomieModel

/// Lines of several logs, each in order, as one in order of time.
///
/// One line of each log is held at a time. A line without a time stays behind the one before it.
struct LogMerge<Source: Sendable> {
    typealias Lines = AsyncThrowingStream<LogEntry, any Error>

    private struct Head {
        var source: Source
        var order: Int
        var entry: LogEntry
        var time: Timestamp
        var rest: Lines.AsyncIterator
    }

    private var heads: [Head] = []

    init(_ logs: [(source: Source, lines: Lines)]) async throws {
        for (order, log) in logs.enumerated() {
            var rest = log.lines.makeAsyncIterator()
            if let entry = try await rest.next(isolation: #isolation) {
                let time = entry.at ?? Timestamp(nanoseconds: .min)
                heads.append(Head(source: log.source, order: order, entry: entry, time: time, rest: rest))
            }
        }
    }

    /// The next line; nil when all logs have ended.
    mutating func next() async throws -> (source: Source, entry: LogEntry)? {
        let earliest = heads.indices.min { left, right in
            let (first, second) = (heads[left], heads[right])
            return first.time == second.time ? first.order < second.order : first.time < second.time
        }
        guard let index = earliest else { return nil }
        let (source, entry) = (heads[index].source, heads[index].entry)
        var rest = heads[index].rest
        if let following = try await rest.next(isolation: #isolation) {
            heads[index].entry = following
            heads[index].time = max(following.at ?? heads[index].time, heads[index].time)
            heads[index].rest = rest
        } else {
            heads.remove(at: index)
        }
        return (source, entry)
    }
}
