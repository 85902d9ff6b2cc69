/// One server-sent event (HTML Living Standard, section 9.2).
public struct ServerSentEvent: Sendable, Hashable {
    public var id: String?
    public var data: String

    public init(id: String?, data: String) {
        self.id = id
        self.data = data
    }

    /// As it goes over the wire; line breaks in `data` make several `data` fields.
    public var text: String {
        var text = id.map { "id: \($0)\n" } ?? ""
        for line in data.split(separator: "\n", omittingEmptySubsequences: false) { text += "data: \(line)\n" }
        return text + "\n"
    }

    /// A comment, which readers pass over: shows that the stream lives.
    public static func comment(_ text: String) -> String { ": \(text)\n\n" }
}

/// Reads a stream of server-sent events, however it is cut into pieces.
public struct ServerSentEventReader: Sendable {
    private var lines = LineReader()
    private var id: String?
    private var data: [String] = []

    public init() {}

    /// The events that are complete with these bytes.
    /// - Throws: ``LineReader/TooLong``
    public mutating func read(_ bytes: some Sequence<UInt8>) throws -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        for line in try lines.read(bytes) {
            if line.isEmpty {
                if !data.isEmpty { events.append(ServerSentEvent(id: id, data: data.joined(separator: "\n"))) }
                data = []
                continue
            }
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            var value = parts.count == 2 ? parts[1] : ""
            if value.first == " " { value = value.dropFirst() }
            switch parts[0] {
            case "id": id = String(value)
            case "data": data.append(String(value))
            default: break
            }
        }
        return events
    }
}

/// Cuts a stream of bytes into lines (LF or CR LF).
public struct LineReader: Sendable {
    /// A line longer than 4 MiB.
    public struct TooLong: Error, Hashable {}

    private var rest: [UInt8] = []

    public init() {}

    /// The lines that are complete with these bytes, without their ends.
    /// - Throws: ``TooLong``
    public mutating func read(_ bytes: some Sequence<UInt8>) throws(TooLong) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte == 0x0A {
                if rest.last == 0x0D { rest.removeLast() }
                lines.append(String(decoding: rest, as: UTF8.self))
                rest.removeAll(keepingCapacity: true)
            } else {
                guard rest.count < 4 << 20 else { throw TooLong() }
                rest.append(byte)
            }
        }
        return lines
    }
}
