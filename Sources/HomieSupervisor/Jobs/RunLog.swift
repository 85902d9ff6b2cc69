import HomieModel

/// What an attempt writes: its beginning and its end, and whoever follows it.
struct RunLog {
    /// Bytes of text kept of the beginning and of the end.
    static let headLimit = 32 * 1024
    static let tailLimit = 96 * 1024
    /// At most this many lines of either.
    private static let mostLines = 2000
    /// Longer lines are cut.
    private static let lineLimit = 8 * 1024

    private var head: [LogLine] = []
    private var headSize = 0
    private var tail: [LogLine] = []
    private var tailStart = 0
    private var tailSize = 0
    private var left = 0
    private var followers: [Int: AsyncStream<LogLine>.Continuation] = [:]

    mutating func append(_ line: LogLine) {
        var line = line
        if line.text.utf8.count > Self.lineLimit {
            line.text = String(decoding: line.text.utf8.prefix(Self.lineLimit), as: UTF8.self) + " …"
        }
        for follower in followers.values { follower.yield(line) }
        let size = line.text.utf8.count + 1
        if tail.isEmpty, left == 0, headSize + size <= Self.headLimit, head.count < Self.mostLines {
            head.append(line)
            headSize += size
            return
        }
        tail.append(line)
        tailSize += size
        while tailSize > Self.tailLimit || tail.count - tailStart > Self.mostLines {
            tailSize -= tail[tailStart].text.utf8.count + 1
            tailStart += 1
            left += 1
        }
        if tailStart > Self.mostLines {
            tail.removeFirst(tailStart)
            tailStart = 0
        }
    }

    /// What is kept; a line in the middle says how many are not.
    var lines: [LogLine] {
        guard left > 0 else { return head + tail[tailStart...] }
        let note = LogLine(at: nil, channel: .stderr, text: "… \(left) lines are not kept …")
        return head + [note] + tail[tailStart...]
    }

    /// Forgets what was written; those who follow stay.
    mutating func restart() {
        head = []
        tail = []
        (headSize, tailSize, tailStart, left) = (0, 0, 0, 0)
    }

    /// What is kept, then what comes; a slow reader loses lines.
    mutating func follow(_ id: Int) -> AsyncStream<LogLine> {
        let (stream, continuation) = AsyncStream.makeStream(of: LogLine.self, bufferingPolicy: .bufferingNewest(10_000))
        for line in lines { continuation.yield(line) }
        followers[id] = continuation
        return stream
    }

    mutating func finish() {
        for follower in followers.values { follower.finish() }
        followers = [:]
    }
}

/// Makes lines of what a command writes in pieces.
struct OutputLines {
    private var pending: [LogLine.Channel: [UInt8]] = [:]

    mutating func push(_ bytes: [UInt8], _ channel: LogLine.Channel, at time: Timestamp) -> [LogLine] {
        var rest = (pending.removeValue(forKey: channel) ?? []) + bytes
        var lines: [LogLine] = []
        while let end = rest.firstIndex(of: 0x0A) {
            lines.append(LogLine(at: time, channel: channel, text: String(decoding: rest[..<end], as: UTF8.self)))
            rest.removeFirst(end + 1)
        }
        if rest.count > 64 * 1024 {
            lines.append(LogLine(at: time, channel: channel, text: String(decoding: rest, as: UTF8.self)))
            rest = []
        }
        pending[channel] = rest.isEmpty ? nil : rest
        return lines
    }

    mutating func finish(at time: Timestamp) -> [LogLine] {
        defer { pending = [:] }
        return pending.sorted { $0.key.rawValue > $1.key.rawValue }.map {
            LogLine(at: time, channel: $0.key, text: String(decoding: $0.value, as: UTF8.self))
        }
    }
}
