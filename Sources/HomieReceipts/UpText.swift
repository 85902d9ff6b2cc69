public import HomieConsole

/// What `homie up` says.
public enum UpText {
    /// The last words.
    public static func done(revision: Int64, wasFinal: Bool, services count: Int) -> String {
        let services = "\(count) service\(count == 1 ? "" : "s")"
        let news = wasFinal ? "nothing to do, revision \(revision) runs" : "revision \(revision) runs"
        return "\(news), \(services)"
    }

    /// What the loading of a project warned of.
    public static func show(_ warnings: [String], on stream: ConsoleStream) throws(ConsoleError) {
        for warning in warnings {
            try stream.print("\(stream.palette.paint("warning:", .warning)) \(SafeText.line(warning))")
        }
    }
}
