import HomieModel

/// How a starting container is probed until its health check first passes.
///
/// Compose waits for the engine's own probe, the first of which comes one interval after the start (30 s by default).
/// Running the same command early finds a service ready when it is; the engine's probe stays the judge of failure.
enum StartupProbe {
    static let firstPause = TimeSpan.milliseconds(60)
    private static let longestPause = TimeSpan.seconds(2)

    /// Pauses grow by half, so that a service that takes minutes is not pestered.
    static func pause(after pause: TimeSpan) -> TimeSpan {
        min(TimeSpan(nanoseconds: pause.nanoseconds * 3 / 2), longestPause)
    }

    /// The command to execute; nil when the check is the image's own or switched off.
    static func command(of check: HealthcheckDefinition) -> [String]? {
        guard let test = check.test, let kind = test.first else { return nil }
        switch kind {
        case "CMD": return test.count > 1 ? Array(test.dropFirst()) : nil
        case "CMD-SHELL": return test.count > 1 ? ["/bin/sh", "-c", test[1]] : nil
        default: return nil
        }
    }
}
