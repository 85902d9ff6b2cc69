internal import FoundationEssentials
internal import HomieHTTP
internal import HomieModel
public import HomieSupervisor

extension DockerEngine {
    /// The actions that say something about a container's life. The engine's `exec_…` events, three for each run of a
    /// health check, are left out.
    private static let watchedActions = [
        "create", "destroy", "die", "health_status", "kill", "oom", "pause", "rename", "restart", "start", "stop",
        "unpause", "update",
    ]

    public func events() -> AsyncStream<EngineEvent> {
        AsyncStream { continuation in
            let task = Task {
                await watch(continuation)
                continuation.finish()
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    private func watch(_ continuation: AsyncStream<EngineEvent>.Continuation) async {
        var delay = ReconnectDelay()
        var isDown = false
        while !Task.isCancelled {
            do {
                let subscription = try await subscribe()
                isDown = false
                delay.reset()
                continuation.yield(.connected)
                try await forward(subscription, to: continuation)
                throw HTTPError.closed(peer: connection.client.peer)
            } catch {
                if Task.isCancelled { return }
                // The engine that comes back may be another version.
                connection.forgetVersion()
                if !isDown { continuation.yield(.disconnected(reason: Self.reason(error))) }
                isDown = true
            }
            // Only cancellation ends the pause early, and the loop with it.
            try? await Task.sleep(for: delay.next())
        }
    }

    private func subscribe() async throws -> HTTPBody {
        // The engine answers a moment before it listens: what happens in between comes out of its memory.
        let since = Date().timeIntervalSince1970 - 0.5
        let call = EngineCall(
            .get,
            "/events",
            query: [
                ("since", Self.engineTime(since)),
                EngineCall.filters(["type": ["container"], "event": Self.watchedActions]),
            ],
            action: "watch the containers"
        )
        return try await connection.send(call.waiting(.seconds(15))).body
    }

    private func forward(_ body: HTTPBody, to continuation: AsyncStream<EngineEvent>.Continuation) async throws {
        var lines = LineSplitter(limit: 1 << 20)
        for try await piece in body {
            for line in lines.push(piece) {
                if let event = EngineEvent(line: line) { continuation.yield(event) }
            }
        }
    }

    private static func reason(_ error: any Error) -> String {
        (error as? any UserFacingError)?.summary ?? String(describing: error)
    }

    /// Seconds with microseconds, as the engine reads times.
    private static func engineTime(_ seconds: Double) -> String {
        let microseconds = Int64(seconds * 1_000_000)
        let rest = String(microseconds % 1_000_000)
        return "\(microseconds / 1_000_000)." + String(repeating: "0", count: 6 - rest.count) + rest
    }
}

/// How long to wait before the next attempt to connect: 100 ms, then twice as long each time, up to 5 s.
struct ReconnectDelay {
    private static let first = Duration.milliseconds(100)
    private static let longest = Duration.seconds(5)
    private var upcoming = ReconnectDelay.first

    mutating func next() -> Duration {
        defer { upcoming = min(upcoming * 2, Self.longest) }
        return upcoming
    }

    mutating func reset() { upcoming = Self.first }
}

extension EngineEvent {
    /// An event from a line of `GET /events`; nil for what is not about a container.
    init?(line: some Sequence<UInt8>) {
        guard let message = try? JSONDecoder().decode(EventMessage.self, from: Data(line)),
            message.Type == nil || message.Type == "container"
        else { return nil }
        let nanoseconds = message.timeNano ?? TimeSpan.seconds(Double(message.time ?? 0)).nanoseconds
        self = .container(
            id: message.Actor.ID,
            action: message.Action,
            attributes: message.Actor.Attributes ?? [:],
            at: Timestamp(nanoseconds: nanoseconds)
        )
    }
}
