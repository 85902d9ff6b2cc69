public import HomieModel

/// What becomes of a replica that ended by itself.
public enum RestartDecision: Equatable {
    case restart
    case completed
    /// Stays down; the clause says why.
    case failed(String)

    public init(policy: RestartPolicy, container: ObservedContainer, restarts: Int) {
        let ending = Self.ending(of: container)
        switch policy {
        case .always, .unlessStopped: self = .restart
        case .never: self = container.exitCode == 0 ? .completed : .failed(ending)
        case .onFailure(let maximum):
            if container.exitCode == 0 {
                self = .completed
            } else if let maximum, maximum > 0, restarts >= maximum {
                self = .failed("\(ending), and was restarted \(maximum) times, as often as its policy allows")
            } else {
                self = .restart
            }
        }
    }

    /// How it ended, as a clause.
    public static func ending(of container: ObservedContainer) -> String {
        if container.isOOMKilled { return "ran out of memory (exit code \(container.exitCode))" }
        switch container.exitCode {
        case 0: return "ended with exit code 0"
        case 126: return "could not run its command (exit code 126)"
        case 127: return "did not find its command (exit code 127)"
        case 137: return "was killed (exit code 137)"
        default: return "ended with exit code \(container.exitCode)"
        }
    }
}
