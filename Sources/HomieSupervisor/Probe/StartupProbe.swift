import HomieModel

/// How a starting container is probed until its health check first passes.
///
/// Compose waits for the engine's own probe, the first of which comes one interval after the start (30 s by default).
/// Running the same command early finds a service ready when it is; the engine's probe stays the judge of failure.
///
/// A command that only asks the container's own server is put to the server itself, once it was seen to work in that image:
/// that costs a millisecond instead of a process, so it is done more often, and its yes counts. Its no does not: the command
/// is still run from time to time.
enum StartupProbe {
    static let firstPause = TimeSpan.milliseconds(60)
    private static let longestPause = TimeSpan.seconds(2)
    /// Between two questions to the server.
    static let firstQuestionPause = TimeSpan.milliseconds(10)
    static let longestQuestionPause = TimeSpan.milliseconds(250)
    /// The command is run after so long without a yes.
    static let questionTime = TimeSpan.milliseconds(400)

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
