public import HomieModel

/// Everything the checks look at, as of one moment.
public struct Checkup: Sendable {
    public var now: Timestamp
    public var engine: EngineFacts
    public var store: StoreFacts
    public var system: SystemReading?
    /// Where disks stood before, oldest first.
    public var diskHistory: [DiskSample]
    public var stacks: [StackFacts]
    public var jobs: [JobStatus]
    /// Findings of other parts that have no check here, such as the gateway's.
    public var others: [Finding]
    /// How full a disk may get before it is cleared, from 0 to 1.
    public var diskLimit: Double
    /// Files that should be keys to check images with and are none, each with its reason.
    public var badKeys: [String]

    public init(
        now: Timestamp,
        engine: EngineFacts,
        store: StoreFacts = StoreFacts(),
        system: SystemReading? = nil,
        diskHistory: [DiskSample] = [],
        stacks: [StackFacts] = [],
        jobs: [JobStatus] = [],
        others: [Finding] = [],
        diskLimit: Double = 0.9,
        badKeys: [String] = []
    ) {
        self.now = now
        self.engine = engine
        self.store = store
        self.system = system
        self.diskHistory = diskHistory
        self.stacks = stacks
        self.jobs = jobs
        self.others = others
        self.diskLimit = diskLimit
        self.badKeys = badKeys
    }
}

public struct EngineFacts: Sendable, Hashable {
    /// Why it does not answer; nil when it does.
    public var failure: String?
    public var version: String?
    public var apiVersion: String?
    public var storageDriver: String?
    public var dataDirectory: String?
    /// How long the engine took for a simple question.
    public var latency: TimeSpan?

    public init(failure: String? = nil) { self.failure = failure }
}

public struct StoreFacts: Sendable, Hashable {
    public var failure: String?
    public var droppedEvents = 0
    /// What was wrong with a database that was put aside, and where it is.
    public var damage: String?
    public var damagePath: String?
    /// Stacks whose wanted revision cannot be read, each with the reason.
    public var unreadable: [StackName: String] = [:]

    public init() {}
}

/// How much room a disk had at a moment.
public struct DiskSample: Sendable, Hashable {
    public var at: Timestamp
    public var mountPoint: String
    public var available: ByteCount

    public init(at: Timestamp, mountPoint: String, available: ByteCount) {
        self.at = at
        self.mountPoint = mountPoint
        self.available = available
    }
}

public struct StackFacts: Sendable {
    /// What a person does about a stack whose wanted revision cannot be read.
    public static let unreadableRemedy =
        "put the state's key back if that is what is missing, or install the newer release that wrote it, and restart "
        + "homied; or deploy its file again"

    public var definition: StackDefinition
    public var revision: Int
    public var lastGoodRevision: Int?
    public var deployment: DeploymentRecord?
    public var isLeaving: Bool
    public var services: [ServiceFacts]
    /// Names of containers of the project that its file does not name.
    public var orphans: [String]

    public init(
        definition: StackDefinition,
        revision: Int,
        lastGoodRevision: Int? = nil,
        deployment: DeploymentRecord? = nil,
        isLeaving: Bool = false,
        services: [ServiceFacts] = [],
        orphans: [String] = []
    ) {
        self.definition = definition
        self.revision = revision
        self.lastGoodRevision = lastGoodRevision
        self.deployment = deployment
        self.isLeaving = isLeaving
        self.services = services
        self.orphans = orphans
    }
}

public struct ServiceFacts: Sendable {
    public var name: ServiceName
    public var definition: ServiceDefinition
    /// How its worst replica stands.
    public var phase: ServiceStatus.Phase
    public var reason: String?
    /// The trouble of its worst replica.
    public var trouble: HealingHistory.Trouble?
    public var isFlapping: Bool
    public var isChecked: Bool
    public var containerName: String?
    /// Its last lines before it ended.
    public var lastWords: [String]
    /// What Homie's own check saw last while it failed, as a clause.
    public var checkFailure: String?
    /// Why its business check fails.
    public var businessFailure: String?
    /// When the certificate that it showed its check last expires.
    public var certificateExpires: Timestamp?
    /// What it has of the device's authority; nil when it asks for none, or has no container.
    public var ownCertificate: OwnCertificateFacts?
    /// What it used in the last hour, where that is measured.
    public var usage: ServiceConsumption?
    /// Who may reach it through the gateway without signing in.
    public var isOpenToAnyone: Bool
    /// What is known of its image's signature; nil while nothing is, and for what was made here.
    public var signature: ImageSignature?

    public init(
        name: ServiceName,
        definition: ServiceDefinition,
        phase: ServiceStatus.Phase,
        reason: String? = nil,
        trouble: HealingHistory.Trouble? = nil,
        isFlapping: Bool = false,
        isChecked: Bool = false,
        containerName: String? = nil,
        lastWords: [String] = [],
        checkFailure: String? = nil,
        businessFailure: String? = nil,
        certificateExpires: Timestamp? = nil,
        ownCertificate: OwnCertificateFacts? = nil,
        usage: ServiceConsumption? = nil,
        isOpenToAnyone: Bool = false,
        signature: ImageSignature? = nil
    ) {
        self.name = name
        self.definition = definition
        self.phase = phase
        self.reason = reason
        self.trouble = trouble
        self.isFlapping = isFlapping
        self.isChecked = isChecked
        self.containerName = containerName
        self.lastWords = lastWords
        self.checkFailure = checkFailure
        self.businessFailure = businessFailure
        self.certificateExpires = certificateExpires
        self.ownCertificate = ownCertificate
        self.usage = usage
        self.isOpenToAnyone = isOpenToAnyone
        self.signature = signature
    }
}
