public import HomieModel

/// What of the loop can be set.
public struct SupervisorSettings: Sendable {
    /// Everything is looked at anew this often, events or not.
    public var resyncInterval: TimeSpan
    /// Calls of the engine at a time.
    public var parallelism: Int
    /// A container that was sent a stop signal and ended is left alone this long, to see whether a person stopped it.
    public var stopDecision: TimeSpan
    /// Registries are asked for newer images this often.
    public var imageCheckInterval: TimeSpan
    /// The device is examined this often.
    public var examination: TimeSpan
    /// A disk with the engine's data that is fuller than this, from 0 to 1, is cleared; nil: only when told to.
    public var diskGuard: Double?
    /// Services' own figures are looked at this often.
    public var figures: TimeSpan

    public init(
        resyncInterval: TimeSpan = .seconds(120),
        parallelism: Int = 8,
        stopDecision: TimeSpan = .milliseconds(500),
        imageCheckInterval: TimeSpan = .seconds(21_600),
        examination: TimeSpan = .seconds(30),
        diskGuard: Double? = 0.9,
        figures: TimeSpan = .seconds(15)
    ) {
        self.resyncInterval = resyncInterval
        self.parallelism = parallelism
        self.stopDecision = stopDecision
        self.imageCheckInterval = imageCheckInterval
        self.examination = examination
        self.diskGuard = diskGuard
        self.figures = figures
    }
}
