public import HomieModel
public import HomieSupervisor
import Synchronization

/// The newest spans, kept in memory: a ring, so that tracing never costs more than this.
public final class TraceRing: TraceSource {
    private struct State {
        var spans: [SpanRecord] = []
        /// Where the next one goes once the ring is full.
        var next = 0
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// - Parameter capacity: in spans; a span takes about 600 bytes.
    public init(capacity: Int = 2000) { self.capacity = max(1, capacity) }

    func add(_ span: SpanRecord) {
        state.withLock { state in
            if state.spans.count < capacity {
                state.spans.append(span)
            } else {
                state.spans[state.next] = span
                state.next = (state.next + 1) % capacity
            }
        }
    }

    public func spans(of trace: TraceID) -> [SpanRecord] {
        state.withLock { $0.spans.filter { $0.trace == trace } }.sorted {
            ($0.startedAt, $1.endedAt) < ($1.startedAt, $0.endedAt)
        }
    }

    public func recentTraces(limit: Int) -> [TraceSummary] {
        let groups = Dictionary(grouping: state.withLock { $0.spans }, by: \.trace)
        let summaries = groups.compactMap { trace, spans -> TraceSummary? in
            let known = Set(spans.map(\.span))
            let roots = spans.filter { $0.parent.map { !known.contains($0) } ?? true }
            guard let first = (roots.isEmpty ? spans : roots).min(by: { $0.startedAt < $1.startedAt }),
                let start = spans.map(\.startedAt).min(), let end = spans.map(\.endedAt).max()
            else { return nil }
            return TraceSummary(
                trace: trace,
                name: first.name,
                startedAt: start,
                duration: end - start,
                spans: spans.count,
                hasErrors: spans.contains { $0.outcome == .error }
            )
        }
        return Array(summaries.sorted { ($0.startedAt, $0.name) > ($1.startedAt, $1.name) }.prefix(max(0, limit)))
    }
}
