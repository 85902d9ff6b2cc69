/// How a service goes from one version to the next: what `x-homie.update`, `deploy.update_config` and
/// `deploy.rollback_config` say.
public struct UpdateSettings: Sendable, Hashable, Codable {
    public enum Strategy: String, Sendable, Hashable, Codable, CaseIterable {
        /// A few replicas at a time.
        case rolling
        /// All new ones beside the old, one switch.
        case blueGreen = "blue-green"
        /// A few new ones get a growing share of the requests, and are judged by it.
        case canary
        /// The old one stops before the new one starts.
        case recreate
    }

    /// Which comes first when a replica is replaced.
    public enum Order: String, Sendable, Hashable, Codable, CaseIterable {
        case startFirst = "start-first"
        case stopFirst = "stop-first"
    }

    public enum FailureAction: String, Sendable, Hashable, Codable, CaseIterable {
        case rollback
        case pause
        /// Goes on with what is wanted, as without a rollout.
        case proceed = "continue"
    }

    /// nil: Homie takes the best that is safe.
    public var strategy: Strategy?
    public var order: Order
    /// Replicas at a time; 0 means all.
    public var batch: Int
    /// Between two batches.
    public var pause: TimeSpan
    /// How long the new version is watched before the rollout counts as done.
    public var monitor: TimeSpan
    /// A new replica must be ready within this time of its start.
    public var readyWithin: TimeSpan
    /// Connections of an old replica may go on this long after it gets nothing new.
    public var drain: TimeSpan
    public var onFailure: FailureAction
    /// True when somebody wrote ``onFailure`` down.
    public var isFailureActionExplicit: Bool
    /// The share of new replicas that may fail without the update counting as failed; nil for none.
    public var maximumFailureShare: Double?
    /// How the service goes back; nil: all at once, which is the fastest.
    public var rollback: RollbackSettings?
    public var canary: CanarySettings
    /// A path where a WebSocket must open before a replica counts as ready.
    public var webSocketPath: RoutePath?
    /// A file in the container that holds updates off while it is there.
    public var lockFile: String?
    public var images: ImageUpdateSettings

    public init() {
        order = .startFirst
        batch = 1
        pause = .milliseconds(0)
        monitor = .seconds(5)
        readyWithin = .seconds(300)
        drain = .seconds(30)
        onFailure = .rollback
        isFailureActionExplicit = false
        canary = CanarySettings()
        images = ImageUpdateSettings()
    }
}

/// How a service returns to its former version: what `deploy.rollback_config` says.
public struct RollbackSettings: Sendable, Hashable, Codable {
    /// Replicas at a time; 0 means all.
    public var batch: Int
    /// Between two batches.
    public var pause: TimeSpan
    public var order: UpdateSettings.Order
    /// How long the former version is watched before the return counts as done.
    public var monitor: TimeSpan
    /// Stops where it is when the former version fails, too; otherwise goes on with it.
    public var pausesOnFailure: Bool
    public var maximumFailureShare: Double?

    public init() {
        batch = 0
        pause = .milliseconds(0)
        order = .startFirst
        monitor = .milliseconds(0)
        pausesOnFailure = false
    }
}

/// How a canary is led and judged.
public struct CanarySettings: Sendable, Hashable, Codable {
    /// Shares of the requests, in percent, rising.
    public var steps: [Int]
    /// How long each step lasts at least: the window it is judged by.
    public var hold: TimeSpan
    /// Answers of class 5xx, as a share, that are accepted whatever the old version does.
    public var maximumErrorRate: Double
    /// By how much the 95th percentile of its answers' times may exceed the old version's, as a share.
    public var maximumSlowdown: Double
    /// Requests that each version must have answered in the window.
    public var minimumSample: Int

    public init() {
        steps = [5, 25, 50]
        hold = .seconds(120)
        maximumErrorRate = 0.01
        maximumSlowdown = 0.2
        minimumSample = 50
    }
}

/// What becomes of a newer image behind the same tag.
public struct ImageUpdateSettings: Sendable, Hashable, Codable {
    public enum Mode: String, Sendable, Hashable, Codable, CaseIterable {
        /// The registry is not asked.
        case off
        /// An event and `homie update` tell of it.
        case notify
        /// It is deployed once it has settled, within the window.
        case auto
    }

    public var mode: Mode
    /// A newer image is deployed by itself only after it was there unchanged this long.
    public var settle: TimeSpan
    /// nil for any time.
    public var window: MaintenanceWindow?

    public init() {
        mode = .notify
        settle = .seconds(86_400)
        window = nil
    }
}
