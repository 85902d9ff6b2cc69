/// Progress without a terminal: one line for each change.
public struct ProgressLog: Sendable {
    private var known: [String: ProgressRow] = [:]

    public init() {}

    /// The lines for what changed since the last call, each ended by a line feed.
    public mutating func lines(_ rows: [ProgressRow]) -> String {
        var text = ""
        for row in rows where known[row.name] != row {
            known[row.name] = row
            text += "\(SafeText.line(row.name)): \(SafeText.line(row.text))\n"
        }
        return text
    }
}
