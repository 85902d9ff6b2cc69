import HomieAPI
import HomieModel
import HomieSupervisor
import Hummingbird
import NIOCore
import ServiceLifecycle

/// Writes events as server-sent events: first those the client missed, then those that come, without a gap.
///
/// The live stream drops its oldest events for slow readers; a jump in the IDs shows that, and the gap is filled from the
/// store.
struct EventFeed: Sendable {
    private enum Item: Sendable {
        case event(EventRecord)
        case heartbeat
    }

    /// So many missed events are read at most.
    private static let backlogLimit = 10_000

    let inspection: any StackInspection
    let query: EventQuery
    let heartbeat: Duration

    /// Returns when the daemon shuts down or the source ends.
    @concurrent
    func write(to writer: inout any ResponseBodyWriter) async throws {
        // Subscribed before the store is read, so that nothing falls in between.
        let live = await inspection.eventStream()
        try await writer.write(ByteBuffer(string: "retry: 2000\n" + ServerSentEvent.comment("connected")))
        var last = query.after
        if let after = last { last = try await writeMissed(after: after, before: nil, to: &writer) }
        let (items, continuation) = AsyncStream<Item>.makeStream(bufferingPolicy: .bufferingNewest(512))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await event in live { continuation.yield(.event(event)) }
                continuation.finish()
            }
            group.addTask {
                while true {
                    try await Task.sleep(for: heartbeat)
                    continuation.yield(.heartbeat)
                }
            }
            for await item in items.cancelOnGracefulShutdown() {
                switch item {
                case .heartbeat: try await writer.write(ByteBuffer(string: ServerSentEvent.comment("heartbeat")))
                case .event(let event): try await write(event, last: &last, to: &writer)
                }
            }
            group.cancelAll()
        }
    }

    @concurrent
    private func write(
        _ event: EventRecord,
        last: inout Int64?,
        to writer: inout any ResponseBodyWriter
    ) async throws {
        if let known = last {
            guard event.id > known else { return }
            if event.id > known + 1 { _ = try await writeMissed(after: known, before: event.id, to: &writer) }
        }
        last = event.id
        if query.accepts(event) { try await send(event, to: &writer) }
    }

    /// Writes stored events between two IDs; returns the last one's, or `after`.
    @concurrent
    private func writeMissed(
        after: Int64,
        before: Int64?,
        to writer: inout any ResponseBodyWriter
    ) async throws -> Int64 {
        var missed = query
        missed.after = after
        missed.limit = Self.backlogLimit
        var last = after
        for event in try await inspection.events(missed) where before.map({ event.id < $0 }) ?? true {
            try await send(event, to: &writer)
            last = event.id
        }
        return last
    }

    @concurrent
    private func send(_ event: EventRecord, to writer: inout any ResponseBodyWriter) async throws {
        let data = String(decoding: try JSONText.bytes(event), as: UTF8.self)
        try await writer.write(ByteBuffer(string: ServerSentEvent(id: "\(event.id)", data: data).text))
    }
}
