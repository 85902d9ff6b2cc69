/// Takes the bytes of a `text/event-stream` as they come and gives its events.
public struct EventStreamParser: Sendable {
    private let limit: Int
    private var line: [UInt8] = []
    private var data: [UInt8] = []
    private var hasData = false
    private var name = ""
    private var lastID: String?
    private var skipsLineFeed = false
    private var isFirstLine = true
    /// How long to wait before a new connection, when the stream said so.
    public private(set) var retryDelay: Duration?

    /// - Parameter limit: how many bytes a line or event may have.
    public init(limit: Int = 1 << 20) { self.limit = limit }

    /// The events that `bytes` completes.
    ///
    /// - Throws: ``HTTPError/bodyTooLarge(limit:)`` for a line or event beyond the limit.
    public mutating func push(_ bytes: some Sequence<UInt8>) throws(HTTPError) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        for byte in bytes {
            if skipsLineFeed {
                skipsLineFeed = false
                if byte == 0x0A { continue }
            }
            switch byte {
            case 0x0A, 0x0D:
                skipsLineFeed = byte == 0x0D
                if let event = endLine() { events.append(event) }
            default:
                line.append(byte)
            }
            guard line.count + data.count <= limit else { throw .bodyTooLarge(limit: limit) }
        }
        return events
    }

    private mutating func endLine() -> ServerSentEvent? {
        defer { line.removeAll(keepingCapacity: true) }
        if isFirstLine {
            isFirstLine = false
            if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        }
        guard !line.isEmpty else { return dispatch() }
        guard let colon = line.firstIndex(of: 0x3A) else {
            take(field: line[...], value: [])
            return nil
        }
        var value = line[(colon + 1)...]
        if value.first == 0x20 { value.removeFirst() }
        take(field: line[..<colon], value: value)
        return nil
    }

    private mutating func take(field: ArraySlice<UInt8>, value: ArraySlice<UInt8>) {
        switch String(decoding: field, as: UTF8.self) {
        case "data":
            if hasData { data.append(0x0A) }
            hasData = true
            data += value
        case "event": name = String(decoding: value, as: UTF8.self)
        case "id": if !value.contains(0) { lastID = String(decoding: value, as: UTF8.self) }
        case "retry":
            if let milliseconds = Int64(String(decoding: value, as: UTF8.self)), milliseconds >= 0 {
                retryDelay = .milliseconds(milliseconds)
            }
        default: break
        }
    }

    private mutating func dispatch() -> ServerSentEvent? {
        defer {
            data.removeAll(keepingCapacity: true)
            hasData = false
            name = ""
        }
        guard hasData else { return nil }
        let text = String(decoding: data, as: UTF8.self)
        return ServerSentEvent(name: name.isEmpty ? "message" : name, data: text, id: lastID)
    }
}
