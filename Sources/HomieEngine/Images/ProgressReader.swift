internal import FoundationEssentials
internal import HomieHTTP
internal import HomieModel
internal import HomieSupervisor
internal import Synchronization

/// Reads the JSON lines that pulls and builds answer with.
struct ProgressReader {
    /// Completes "cannot …" in messages.
    let action: String
    /// The engine says something at least this often while it works.
    var silence: TimeSpan = .seconds(600)

    /// Reports progress, at most ten times a second and whenever the message changes.
    ///
    /// - Returns: The ID of the image that was built, when the engine said it.
    /// - Throws: ``EngineError/refused(action:answer:)`` when the stream holds an error,
    ///   ``EngineError/stalled(action:after:)`` when the engine falls silent.
    func read(_ body: HTTPBody, _ report: @escaping @Sendable (PullProgress) -> Void) async throws -> String? {
        // The clock that stands still while the device sleeps: nobody can say anything then.
        let heard = LastWord()
        return try await withThrowingTaskGroup(of: String?.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await readAll(body, report, heard) }
            group.addTask {
                while true {
                    let due = heard.at + silence.duration
                    if due <= .now { throw EngineError.stalled(action: action, after: silence) }
                    try await Task.sleep(until: due, clock: .suspending)
                }
            }
            return try await group.next() ?? nil
        }
    }

    private func readAll(
        _ body: HTTPBody,
        _ report: @Sendable (PullProgress) -> Void,
        _ heard: LastWord
    ) async throws -> String? {
        var lines = LineSplitter(limit: 4 << 20)
        var tally = ProgressTally()
        var imageID: String?
        for try await piece in body {
            heard.note()
            for line in lines.push(piece) {
                if let progress = try take(line, tally: &tally, imageID: &imageID) { report(progress) }
            }
        }
        if let line = lines.finish(), let progress = try take(line, tally: &tally, imageID: &imageID) {
            report(progress)
        }
        return imageID
    }

    private func take(
        _ line: ArraySlice<UInt8>,
        tally: inout ProgressTally,
        imageID: inout String?
    ) throws -> PullProgress? {
        guard line.contains(where: { $0 > 0x20 }) else { return nil }
        let message: ProgressMessage
        do {
            message = try JSONDecoder().decode(ProgressMessage.self, from: Data(line))
        } catch {
            throw EngineError.unreadable(action: action, underlying: error)
        }
        if let failure = message.errorDetail?.message ?? message.error {
            let answer = EngineAnswer(status: 200, message: failure.trimmedOfWhitespace)
            throw EngineError.refused(action: action, answer: answer)
        }
        if let id = message.aux?.ID { imageID = id }
        return tally.add(message, now: .now)
    }
}

/// When the engine said something last.
private final class LastWord: Sendable {
    private let held = Mutex(SuspendingClock.now)

    var at: SuspendingClock.Instant { held.withLock { $0 } }

    func note() { held.withLock { $0 = .now } }
}

/// Adds up the layers of a pull.
struct ProgressTally {
    private var layers: [String: (current: Int64, total: Int64)] = [:]
    private var lastMessage = ""
    private var lastReport: ContinuousClock.Instant?

    /// The progress to report; nil when it was reported a moment ago.
    mutating func add(_ message: ProgressMessage, now: ContinuousClock.Instant) -> PullProgress? {
        if let line = message.stream?.trimmedOfWhitespace {
            return line.isEmpty ? nil : PullProgress(message: line)
        }
        guard let status = message.status else { return nil }
        if let id = message.id, status == "Downloading", let detail = message.progressDetail, let total = detail.total {
            layers[id] = (detail.current ?? 0, total)
        } else if let id = message.id, status == "Download complete" || status == "Pull complete" {
            if let layer = layers[id] { layers[id] = (layer.total, layer.total) }
        }
        guard message.id == nil || status != lastMessage || lastReport.map({ now - $0 >= .milliseconds(100) }) ?? true
        else { return nil }
        lastMessage = status
        lastReport = now
        guard !layers.isEmpty else { return PullProgress(message: status) }
        return PullProgress(
            message: status,
            completed: ByteCount(bytes: layers.values.reduce(0) { $0 + $1.current }),
            total: ByteCount(bytes: layers.values.reduce(0) { $0 + $1.total })
        )
    }
}
