/// Cuts a stream of bytes into lines. A line beyond the limit is given in parts.
struct LineSplitter {
    private let limit: Int
    private var pending: [UInt8] = []

    init(limit: Int) { self.limit = limit }

    /// The lines that `bytes` completes, without their line feeds.
    mutating func push(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var start = bytes.startIndex
        while let end = bytes[start...].firstIndex(of: 0x0A) {
            if pending.isEmpty {
                lines.append(bytes[start..<end])
            } else {
                lines.append((pending + bytes[start..<end])[...])
                pending = []
            }
            start = end + 1
        }
        pending += bytes[start...]
        if pending.count > limit {
            lines.append(pending[...])
            pending = []
        }
        return lines
    }

    /// What comes after the last line feed.
    mutating func finish() -> ArraySlice<UInt8>? {
        defer { pending = [] }
        return pending.isEmpty ? nil : pending[...]
    }
}
