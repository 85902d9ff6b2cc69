public import HomieModel

/// What the loop remembers of one replica. Times are the daemon's uptime, so that a clock that jumps changes nothing.
public struct InstanceHistory: Sendable, Hashable {
    /// Restarts since it last ran steadily.
    public var restarts = 0
    /// Restarts in the present deployment.
    public var deploymentRestarts = 0
    /// When it last ended by itself.
    public var lastEnd: TimeSpan?
    public var runningSince: TimeSpan?
    /// Someone stopped it with the engine's own tools; it stays so until the next deployment or start.
    public var isHeld = false
    /// It was sent a stop signal; until then it is open whether a person stopped it.
    public var undecidedUntil: TimeSpan?

    public init() {}

    /// It counts as steady after running this long.
    public static let steadyAfter = TimeSpan.seconds(10)

    public mutating func noteRunning(now: TimeSpan) {
        if runningSince == nil { runningSince = now }
        undecidedUntil = nil
    }

    public mutating func noteEnded(now: TimeSpan) {
        if let since = runningSince, now.nanoseconds - since.nanoseconds >= Self.steadyAfter.nanoseconds {
            restarts = 0
        }
        runningSince = nil
        lastEnd = now
    }

    /// A restart was decided.
    public mutating func noteRestart() {
        restarts += 1
        deploymentRestarts += 1
    }

    /// A new deployment begins: what was held or gave up gets another chance.
    public mutating func noteDeployment() {
        isHeld = false
        undecidedUntil = nil
        deploymentRestarts = 0
        restarts = 0
    }

    /// When the next restart is due.
    public var restartDue: TimeSpan {
        TimeSpan(nanoseconds: (lastEnd?.nanoseconds ?? 0) + Backoff.restart.wait(after: restarts).nanoseconds)
    }
}
