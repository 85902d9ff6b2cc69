internal import HomieModel
internal import HomieSupervisor

/// Turns what the engine sends for `GET /containers/{id}/logs?timestamps=1` into lines.
///
/// The engine cuts long lines into parts of 16 KiB, and puts a time before each; the parts are joined again.
struct LogParser {
    enum Format {
        /// Frames of standard output and error.
        case multiplexed
        /// A terminal's bytes as they are.
        case raw
    }

    /// Longer lines are given in parts.
    static let lineLimit = 256 * 1024

    private struct Partial {
        var at: Timestamp?
        var text: [UInt8]
    }

    private let format: Format
    private var frames = FrameDecoder()
    private var lines = LineSplitter(limit: LogParser.lineLimit)
    private var partials: [LogLine.Channel: Partial] = [:]

    init(format: Format) { self.format = format }

    mutating func push(_ bytes: [UInt8]) -> [LogLine] {
        switch format {
        case .raw: return lines.push(bytes).map { Self.line($0, channel: .stdout) }
        case .multiplexed:
            var complete: [LogLine] = []
            for frame in frames.push(bytes) { take(frame, into: &complete) }
            return complete
        }
    }

    mutating func finish() -> [LogLine] {
        switch format {
        case .raw: return lines.finish().map { [Self.line($0, channel: .stdout)] } ?? []
        case .multiplexed:
            defer { partials = [:] }
            return partials.sorted { $0.key.rawValue > $1.key.rawValue }.map { channel, partial in
                LogLine(at: partial.at, channel: channel, text: Self.text(partial.text[...]))
            }
        }
    }

    /// A frame is one message: a time, then a line with its line feed, or a part of a line without.
    private mutating func take(_ frame: FrameDecoder.Frame, into complete: inout [LogLine]) {
        var rest = frame.payload
        while !rest.isEmpty {
            let end = rest.firstIndex(of: 0x0A)
            let (at, text) = Self.split(rest[..<(end ?? rest.endIndex)])
            var partial = partials.removeValue(forKey: frame.channel) ?? Partial(at: at, text: [])
            partial.text += text
            if end != nil || partial.text.count >= Self.lineLimit {
                complete.append(LogLine(at: partial.at, channel: frame.channel, text: Self.text(partial.text[...])))
            } else {
                partials[frame.channel] = partial
            }
            rest = end.map { rest[($0 + 1)...] } ?? []
        }
    }

    private static func line(_ bytes: ArraySlice<UInt8>, channel: LogLine.Channel) -> LogLine {
        let (at, text) = split(bytes)
        return LogLine(at: at, channel: channel, text: Self.text(text))
    }

    /// The time at the beginning, and what follows it.
    private static func split(_ bytes: ArraySlice<UInt8>) -> (Timestamp?, ArraySlice<UInt8>) {
        let head = bytes.prefix(40)
        let end = head.firstIndex(of: 0x20) ?? head.endIndex
        guard let at = Timestamp(rfc3339: String(decoding: bytes[..<end], as: UTF8.self)) else { return (nil, bytes) }
        return (at, bytes[end...].dropFirst())
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.last == 0x0D ? bytes.dropLast() : bytes, as: UTF8.self)
    }
}
