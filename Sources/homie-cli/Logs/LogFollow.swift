internal import HomieAPI
internal import HomieModel

/// Follows the logs of containers that come and go.
///
/// Which containers there are is asked for every two seconds; the logs of new ones are opened, those that ended while
/// their container runs are opened again from their last line on. So neither a restart of a container nor one of the
/// daemon ends the command, and no line comes twice.
struct LogFollow {
    enum Output: Sendable {
        /// Lines in order of time, as far as that can be known.
        case lines([(source: LogSource, entry: LogEntry)])
        case daemonAway
    }

    let client: APIClient
    let selection: LogSelection
    /// The containers wanted now.
    let sources: @Sendable () async throws -> [LogSource]

    /// Goes on for ever.
    ///
    /// - Throws: what the first question after the containers throws.
    func run(_ show: (Output) throws -> Void) async throws {
        let first = try await sources()
        let (lines, feed) = AsyncStream.makeStream(of: Signal.self)
        let task = Task {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await keepLooking(first, feed) }
                group.addTask {
                    while !Task.isCancelled {
                        do { try await Task.sleep(for: .milliseconds(100)) } catch { return }
                        feed.yield(.flush)
                    }
                }
            }
        }
        defer { task.cancel() }
        var waiting: [(source: LogSource, entry: LogEntry)] = []
        for await signal in lines {
            switch signal {
            case .line(let source, let entry): waiting.append((source, entry))
            case .away: try show(.daemonAway)
            case .flush:
                guard !waiting.isEmpty else { continue }
                try show(.lines(Self.sorted(waiting)))
                waiting = []
            }
        }
        throw CancellationError()
    }

    /// In order of time; lines without one stay behind the one that came before them.
    static func sorted(
        _ lines: [(source: LogSource, entry: LogEntry)]
    ) -> [(source: LogSource, entry: LogEntry)] {
        var last: [String: Timestamp] = [:]
        let timed = lines.enumerated().map { offset, line in
            let id = line.source.container.id
            let time = max(
                line.entry.at ?? last[id] ?? Timestamp(nanoseconds: .min),
                last[id] ?? line.entry.at
                    ?? Timestamp(nanoseconds: .min)
            )
            last[id] = time
            return (time: time, offset: offset, line: line)
        }
        return timed.sorted { $0.time == $1.time ? $0.offset < $1.offset : $0.time < $1.time }.map(\.line)
    }

    private enum Signal: Sendable {
        case line(LogSource, LogEntry)
        case flush
        case away
    }

    /// Where the log of a container goes on.
    private struct Place: Sendable {
        var since: Timestamp?
        /// Texts of that very time that were read already.
        var seen: [String] = []
    }

    private func keepLooking(_ first: [LogSource], _ feed: AsyncStream<Signal>.Continuation) async {
        await withTaskGroup(of: (String, Place).self) { group in
            var current = first
            var open: Set<String> = []
            var places: [String: Place] = [:]
            var isAway = false
            group.addTask { await Self.pause() }
            func openNew() {
                for source in current where !open.contains(source.container.id) {
                    let id = source.container.id
                    let place = places[id]
                    // What has ended and was read to its end has nothing more to say.
                    if place != nil, source.container.state != .running { continue }
                    open.insert(id)
                    group.addTask { (id, await read(source, from: place, feed)) }
                }
            }
            openNew()
            while let (id, place) = await group.next(), !Task.isCancelled {
                guard id.isEmpty else {
                    open.remove(id)
                    places[id] = place
                    continue
                }
                do {
                    current = try await sources()
                    isAway = false
                } catch {
                    if !isAway { feed.yield(.away) }
                    isAway = true
                }
                openNew()
                group.addTask { await Self.pause() }
            }
            group.cancelAll()
        }
    }

    private static func pause() async -> (String, Place) {
        do { try await Task.sleep(for: .seconds(2)) } catch { return ("", Place()) }
        return ("", Place())
    }

    private func read(_ source: LogSource, from start: Place?, _ feed: AsyncStream<Signal>.Continuation) async -> Place
    {
        var place = start ?? Place()
        var skipped = start?.seen ?? []
        do {
            let lines = try await client.logs(
                of: source.container.id,
                follows: true,
                tail: start?.since == nil ? selection.tail : nil,
                since: start?.since ?? selection.since,
                containing: selection.text
            )
            for try await entry in lines {
                if let at = entry.at {
                    if let since = place.since, at < since { continue }
                    if at == place.since, let index = skipped.firstIndex(of: entry.text) {
                        skipped.remove(at: index)
                        continue
                    }
                    if at == place.since { place.seen.append(entry.text) } else { place.seen = [entry.text] }
                    place.since = at
                }
                feed.yield(.line(source, entry))
            }
        } catch {
            // The next look at the containers finds out whether the container or the daemon is gone.
            return place
        }
        return place
    }
}
