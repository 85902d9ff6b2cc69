public import HomieModel

/// How hard a service is helped, from the mildest means to the last.
public struct HealingPolicy: Sendable, Hashable, Codable {
    /// Waits between restarts, re-creations and the roll back, counted over all of them.
    public var backoff = Backoff.restart
    /// Restarts before the container is made anew.
    public var restarts = 4
    /// Fresh containers before the last good revision comes back.
    public var recreations = 2
    /// False: a person decides about revisions.
    public var rollsBack = true
    /// Waits while only the surroundings can mend it (port, image, disk, mount).
    public var patience = Backoff(first: .seconds(15), ceiling: .seconds(600))
    /// Such tries before quarantine.
    public var patientTries = 6
    /// Waits between the tries of a replica in quarantine; it is never given up.
    public var quarantine = Backoff(first: .seconds(300), ceiling: .seconds(6 * 3600))
    /// True: stopped while in quarantine. False: left running as it is.
    public var quarantineStops = true
    /// A trouble is over after it has run well for this long.
    public var steadyAfter = TimeSpan.seconds(600)
    /// This many failures within ``flappingWindow`` are one trouble, however well it ran between them.
    public var flappingCount = 6
    public var flappingWindow = TimeSpan.seconds(2 * 3600)

    public init() {}
}
