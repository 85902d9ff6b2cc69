import HomieModel
import HomiePlanning

/// What the loop remembers of the device's health between two examinations.
struct Clinic {
    /// The open issues, by ID.
    var issues: [String: DeviceIssue] = [:]
    var system: SystemReading?
    var engine: EngineInformation?
    /// The uptime at which the engine was asked last.
    var engineAskedAt = TimeSpan.seconds(0)
    /// How long the engine took for the latest question, and why it did not answer.
    var engineLatency: TimeSpan?
    var engineFailure: String?
    /// One sample for each disk every ten minutes, of the last three days.
    var diskHistory: [DiskSample] = []
    /// The last lines of replicas that ended by themselves.
    var lastWords: [Instance: LastWords] = [:]
    /// The uptime until which the engine's disk is not cleared again by itself.
    var pruneHeldUntil: TimeSpan?
    var isReviewDue = false
    /// Why business checks fail, by stack and service.
    var businessFailures: [ServicePlace: String] = [:]

    /// What services used in the last hour.
    var usage: [ServicePlace: ServiceConsumption] = [:]
    /// CPU limits that were raised above the file's, until their containers are made anew.
    var raisedProcessors: [ServicePlace: Double] = [:]
    /// The uptime at which that was asked for last.
    var usageAskedAt: TimeSpan?
    /// Services whose figures are looked at.
    var businessPlaces: Set<ServicePlace> = []
    /// The services' own figures as they were seen last, by series.
    var figures: [String: Figure] = [:]

    struct Figure {
        var value: Double
        var isOfCounter: Bool
        /// The daemon's uptime.
        var at: TimeSpan
    }

    struct LastWords {
        var stack: StackName
        var lines: [String]
        var at: TimeSpan
    }

    struct ServicePlace: Hashable, Comparable {
        var stack: StackName
        var service: ServiceName

        static func < (left: Self, right: Self) -> Bool {
            (left.stack, left.service) < (right.stack, right.service)
        }
    }

    static let samplePause = TimeSpan.seconds(600)
    static let mostSamples = 3 * 24 * 6

    /// Keeps where the disks stand, unless that was done a little while ago.
    mutating func sampleDisks(at now: Timestamp) {
        for disk in system?.disks ?? [] {
            let mine = diskHistory.filter { $0.mountPoint == disk.mountPoint }
            if let last = mine.last, (now - last.at).nanoseconds < Self.samplePause.nanoseconds { continue }
            diskHistory.append(DiskSample(at: now, mountPoint: disk.mountPoint, available: disk.available))
            guard mine.count >= Self.mostSamples, let oldest = mine.first,
                let index = diskHistory.firstIndex(of: oldest)
            else { continue }
            diskHistory.remove(at: index)
        }
    }
}
