internal import HomieConsole
internal import HomieModel

/// Events as lines of text.
struct EventText {
    let palette: Palette

    /// `2026-11-24 02:07:31  shop/web  exited with code 1`
    func line(_ event: EventRecord) -> String {
        let subject = [event.stack?.text, event.service?.text].compactMap { $0 }.joined(separator: "/")
        let parts = [
            palette.paint(TimeText.clock(event.at), .faint),
            palette.paint(String(event.id), .faint),
            palette.paint(subject, .strong),
            palette.paint(SafeText.line(event.message), event.severity.style),
        ]
        return parts.filter { !$0.isEmpty }.joined(separator: "  ")
    }

    /// The story that events tell, cause before effect: effects stand under their causes.
    func story(_ events: [EventRecord], now: Timestamp) -> String {
        var depths: [Int64: Int] = [:]
        var text = ""
        let times = events.map { TimeText.relative($0.at, now: now) }
        let width = times.reduce(0) { max($0, $1.count) }
        for (event, time) in zip(events, times) {
            let depth = event.cause.flatMap { depths[$0] }.map { $0 + 1 } ?? 0
            depths[event.id] = depth
            let indent = String(repeating: "  ", count: min(depth, 6)) + (depth > 0 ? "→ " : "")
            text += palette.paint(DisplayWidth.padded(time, to: width), .faint) + "  " + indent
            text += palette.paint(SafeText.line(event.message), event.severity.style) + "\n"
            let margin = String(repeating: " ", count: width + 2 + indent.count)
            for line in (event.detail ?? "").split(separator: "\n") {
                text += margin + palette.paint("| " + SafeText.line(String(line)), .faint) + "\n"
            }
        }
        return text
    }
}
