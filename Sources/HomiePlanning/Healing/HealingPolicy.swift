public import HomieModel

/// How hard a service is helped, from the mildest means to the last.
public struct HealingPolicy: Sendable, Hashable, Codable {
    /// Waits between restarts, re-creations and the roll back, counted over all of them.
    public var backoff = Backoff.restart
    /// Waits between restarts while a service that it needs is in trouble; when that one works again, there is no wait.
    public var blockedBackoff = Backoff(first: .milliseconds(100), ceiling: .seconds(600))
    /// Restarts before the container is made anew.
    public var restarts = 8
    /// Fresh containers before the last good revision comes back.
    public var recreations = 2
    /// False: a person decides about revisions.
    public var rollsBack = true
    /// Waits while only the surroundings can mend it (port, image, disk, mount).
    public var patience = Backoff(first: .seconds(5), ceiling: .seconds(600))
    /// Such tries before quarantine.
    public var patientTries = 6
    /// Waits between the tries of a replica in quarantine; it is never given up.
    public var quarantine = Backoff(first: .seconds(120), ceiling: .seconds(6 * 3600))
    /// True: stopped while in quarantine. False: left running as it is.
    public var quarantineStops = true
    /// What never passed its check since it was started may still be starting: it is given this long, growing.
    public var startPatience = Backoff(first: .seconds(60), ceiling: .seconds(600))
    /// False: nothing is done for it beyond what its restart policy says; a person is told.
    public var climbs = true
    /// True: also what its restart policy leaves alone (`restart: no`) is restarted when its check fails.
    public var overridesRestartPolicy = false
    /// True: a failing check is told of, and nothing else.
    public var ignoresHealth = false
    /// After it ran out of memory its limit is raised, up to this; nil: never.
    public var mostMemory: ByteCount?
    /// A CPU limit that holds it back is raised, up to this; nil: never.
    public var mostProcessors: Double?
    /// A trouble is over after it has run well for this long.
    public var steadyAfter = TimeSpan.seconds(600)
    /// This many failures within ``flappingWindow`` are one trouble, however well it ran between them.
    public var flappingCount = 6
    public var flappingWindow = TimeSpan.seconds(2 * 3600)

    public init() {}
}
