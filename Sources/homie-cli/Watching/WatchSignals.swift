internal import HomieAPI
internal import HomieModel

/// What wakes a watch: events of a stack, the passing of time, a person.
struct WatchSignals {
    enum Signal: Sendable {
        /// The stream of events is open (again); what came before must be looked at.
        case listening
        case event(EventRecord)
        case tick
        case interrupted
    }

    let client: APIClient
    let stack: StackName
    let interrupts: @Sendable () -> AsyncStream<Void>

    /// Ends when it is let go of.
    func stream() -> AsyncStream<Signal> {
        let (client, stack, interrupts) = (client, stack, interrupts)
        return AsyncStream { continuation in
            let task = Task {
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { await Self.listen(client, stack, continuation) }
                    group.addTask { await Self.tick(continuation) }
                    group.addTask { for await _ in interrupts() { continuation.yield(.interrupted) } }
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    private static func tick(_ continuation: AsyncStream<Signal>.Continuation) async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: .milliseconds(100)) } catch { return }
            continuation.yield(.tick)
        }
    }

    /// Events from where the last stream ended.
    private static func listen(
        _ client: APIClient,
        _ stack: StackName,
        _ continuation: AsyncStream<Signal>.Continuation
    ) async {
        var last: Int64?
        while !Task.isCancelled {
            do {
                let events = try await client.eventStream(EventQuery(stack: stack, after: last))
                continuation.yield(.listening)
                for try await event in events {
                    last = event.id
                    continuation.yield(.event(event))
                }
            } catch {
                // The next look at the stack says whether the daemon is gone; ticks go on asking without the stream.
                continuation.yield(.listening)
            }
            do { try await Task.sleep(for: .milliseconds(500)) } catch { return }
        }
    }
}
