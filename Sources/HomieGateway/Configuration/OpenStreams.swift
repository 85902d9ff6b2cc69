internal import HomieModel

/// The part of the configuration that notes which session a request belongs to while it lasts: a WebSocket or a stream of
/// events goes on when its session has ended, unless somebody ends it, too.
///
/// HAProxy tells of a stream by its number; what was found out about it, it does not tell. So every request of a session is
/// tracked in a table by a key made of both.
enum OpenStreams {
    static let table = "streams"

    /// - Parameter condition: true for a request of a session that was found good.
    static func lines(if condition: String) -> [String] {
        [
            "http-request set-var-fmt(txn.stream) \"%[var(txn.sid)]:%rt\" if \(condition)",
            "http-request track-sc2 var(txn.stream) table \(table) if \(condition)",
        ]
    }

    /// What is tracked stays in it; everything else goes a second after its end.
    static func backend(_ settings: GatewaySettings) -> [String] {
        let size = max(16_384, settings.maximumConnections * 4)
        return ["", "backend \(table)", "    stick-table type string len 128 size \(size) expire 1s"]
    }
}
