public import HomieModel

/// Times and lengths of time as a person says them.
public enum TimeText {
    /// `just now`, `3 minutes ago`, `in 2 hours`.
    public static func relative(_ time: Timestamp, now: Timestamp) -> String {
        let span = now - time
        guard span.nanoseconds.magnitude >= 1_000_000_000 else { return "just now" }
        let words = rough(TimeSpan(nanoseconds: Int64(clamping: span.nanoseconds.magnitude)))
        return span.nanoseconds > 0 ? "\(words) ago" : "in \(words)"
    }

    /// The largest whole unit: `45 seconds`, `1 minute`, `3 weeks`.
    public static func rough(_ span: TimeSpan) -> String {
        let seconds = max(0, span.nanoseconds / 1_000_000_000)
        let units: [(name: String, length: Int64)] = [
            ("year", 31_536_000), ("month", 2_592_000), ("week", 604_800), ("day", 86_400), ("hour", 3600),
            ("minute", 60),
        ]
        for unit in units where seconds >= unit.length { return counted(seconds / unit.length, unit.name) }
        return counted(seconds, "second")
    }

    /// For what takes seconds: `0.4 s`, `12.3 s`, `2 min 5 s`, `1 h 2 min`.
    public static func elapsed(_ span: TimeSpan) -> String {
        let tenths = max(0, (min(span.nanoseconds, .max - 50_000_000) + 50_000_000) / 100_000_000)
        if tenths < 600 { return "\(tenths / 10).\(tenths % 10) s" }
        let seconds = tenths / 10
        if seconds < 3600 { return "\(seconds / 60) min \(seconds % 60) s" }
        return "\(seconds / 3600) h \(seconds / 60 % 60) min"
    }

    /// `2026-11-24 02:07:31` in UTC.
    public static func clock(_ time: Timestamp) -> String {
        let text = time.rfc3339
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8))"
    }

    private static func counted(_ count: Int64, _ unit: String) -> String { "\(count) \(unit)\(count == 1 ? "" : "s")" }
}
