import HomieAPI
import HomieModel
import HomieSupervisor
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

extension APIHandlers {
    /// A page of events, or, when the client accepts it, server-sent events.
    func events(_ query: Query, _ request: Request, _ inspection: any StackInspection) async throws -> Response {
        var wanted = EventQuery(
            stack: query.stack("stack"),
            service: query.service("service"),
            deployment: query.integer("deployment"),
            after: query.integer("after"),
            limit: Int(query.integer("limit") ?? 200)
        )
        guard request.headers[.accept]?.lowercased().contains(ContentType.events) == true else {
            return .json(EventsAnswer(events: try await inspection.events(wanted)))
        }
        let resumed = request.headers.first { $0.name.canonicalName == "last-event-id" }
        if let text = resumed?.value, !text.isEmpty {
            guard let id = Int64(text), id >= 0 else { throw RequestError.badEventID(text) }
            wanted.after = max(id, wanted.after ?? 0)
        }
        let feed = EventFeed(inspection: inspection, query: wanted, heartbeat: heartbeat)
        return stream(request, as: ContentType.events) { writer in try await feed.write(to: &writer) }
    }

    /// A container's log, a JSON value on each line.
    func logs(
        _ container: ContainerReference,
        _ query: Query,
        _ request: Request,
        _ inspection: any StackInspection
    ) async throws -> Response {
        var options = LogOptions(
            follows: query.flag("follow"),
            tail: query.integer("tail").map { Int($0) },
            since: query.time("since")
        )
        let wanted = query.text("grep")
        // The last so many lines of a log are known when it has been read; one that is followed has no last line.
        let lastMatches = wanted != nil && !options.follows ? options.tail : nil
        if lastMatches != nil { options.tail = nil }
        let lines = try await inspection.logs(of: container.text, options: options)
        return stream(request, as: ContentType.lines) { writer in
            var kept: [LogLine] = []
            for try await line in lines.cancelOnGracefulShutdown() {
                if let wanted, !line.text.contains(wanted) { continue }
                guard let lastMatches else {
                    try await writer.write(try Self.bytes(of: line))
                    continue
                }
                kept.append(line)
                if kept.count > 2 * lastMatches + 100 { kept.removeFirst(kept.count - lastMatches) }
            }
            for line in kept.suffix(lastMatches ?? 0) { try await writer.write(try Self.bytes(of: line)) }
        }
    }

    /// A line of a log as a line of JSON.
    static func bytes(of line: LogLine) throws -> ByteBuffer {
        let entry = LogEntry(at: line.at, channel: line.channel == .stdout ? .stdout : .stderr, text: line.text)
        return ByteBuffer(bytes: try JSONText.bytes(entry) + [0x0A])
    }

    /// An answer without a known end, which ends too when the client goes away or the daemon shuts down.
    func stream(
        _ request: Request,
        as contentType: String,
        _ write: @escaping @concurrent @Sendable (inout any ResponseBodyWriter) async throws -> Void
    ) -> Response {
        let logger = logger
        let body = ResponseBody { writer in
            do {
                try await request.body.consumeWithCancellationOnInboundClose { _ in try await write(&writer) }
            } catch {
                // The status is sent already: an answer that breaks off says that it is not whole.
                logger.debug("a stream broke off", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
                throw error
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [.contentType: contentType, .cacheControl: "no-store"],
            body: body
        )
    }
}
