import HomieModel
import HomiePlanning
import Tracing

/// Everything the loop holds of one stack.
struct StackState {
    var record: StackRecord
    /// The wanted revision.
    var revision: RevisionRecord
    /// Derived from ``revision``; see ``refreshWanted()``.
    private(set) var wanted: WantedStack
    private var digests = SpecDigestCache()
    var history = StackHistory()
    /// The newest deployment, open or not.
    var deployment: DeploymentRecord?
    /// The event that began it: what its steps are caused by.
    var deploymentEvent: Int64?
    /// The open deployment's place in its trace.
    var deploymentSpan: (any Tracing.Span)?
    /// Rises with every change of what is wanted; a chain of an older generation stops before its next step.
    var generation = 0
    var plan = StackPlan()
    /// The uptime at which it was planned last.
    var reconciledAt: TimeSpan?
    /// ``plan`` is of this process.
    var wasPlanned = false
    /// Services whose image is pulled or built although one is there.
    var refetches: Set<ServiceName> = []
    /// What fetches the images of services at present.
    var fetches: [ServiceName: Task<Void, Never>] = [:]
    /// How far pulls and builds are, for those who look.
    var activities: [ServiceName: String] = [:]
    /// How often in a row the sockets of something that changes hands could not be read.
    var unreadableLooks = 0
    /// What is known of images, by ID.
    var images: [String: ObservedImage] = [:]
    /// The event that explains what is done next for a replica.
    var causes: [Instance: Int64] = [:]
    /// The uptime at which a replica was found stopped by hand.
    var heldAt: [Instance: TimeSpan] = [:]
    var removesOrphans = false
    /// The newest rollout of each service.
    var rollouts: [ServiceName: RolloutRecord] = [:]
    /// Who gets how many requests, of services that are led from one version to the next.
    var shares: [ServiceName: [String: RolloutPlan.Share]] = [:]
    /// What both versions of a canary answered since its step began.
    var windows: [ServiceName: CanaryWindow] = [:]
    /// What the engine said of images, by their IDs, and at what uptime.
    var imageDigests: [String: (digests: [String], at: TimeSpan)] = [:]
    /// What is known of the images in their registries.
    var imageChecks: [ServiceName: ImageCheck] = [:]
    /// Whether the lock file of a service whose update waits is there; absent until it was looked for.
    var lockFiles: [ServiceName: Bool] = [:]
    /// An automatic rollback is on its way.
    var isReturning = false
    /// The request that made ``revision`` the wanted one, while no other has since.
    var request: AppliedRequest?

    /// How an apply was asked for.
    struct AppliedRequest {
        var digest: ContentDigest
        var options: ApplyOptions
    }

    init(record: StackRecord, revision: RevisionRecord) {
        self.record = record
        self.revision = revision
        wanted = WantedStack(name: record.name, revision: revision.number, services: [:])
        refetches = record.intent.refetches
        removesOrphans = record.intent.removesOrphans
        history.forced = record.intent.recreates
        for key in record.stoppedByHand {
            guard let instance = Instance(key: key) else { continue }
            history.instances[instance, default: InstanceHistory()].isHeld = true
        }
        refreshWanted()
    }

    /// The revision that healing may go back to; none when that was done already.
    private var lastGood: Int? {
        guard let good = record.lastGoodRevision, good != revision.number, !revision.isReturn else { return nil }
        return good
    }

    /// How what is under way was asked for.
    var intent: DeploymentIntent {
        DeploymentIntent(refetches: refetches, recreates: history.forced, removesOrphans: removesOrphans)
    }

    /// Gives up what fetches images: nobody waits for these any more.
    mutating func giveUpFetches() {
        for (service, fetch) in fetches {
            fetch.cancel()
            history.busy.remove(.image(service))
        }
        fetches = [:]
        activities = [:]
    }

    mutating func refreshLastGood() { wanted.lastGood = lastGood }

    var isDeploying: Bool { deployment?.state == .running }

    /// Computes ``wanted`` anew from the revision, the record and what is known of images.
    mutating func refreshWanted() {
        let definition = revision.definition
        var services: [ServiceName: WantedService] = [:]
        for (name, service) in definition.services {
            let imageID = refetches.contains(name) ? nil : revision.images[name]
            services[name] = WantedService(
                definition: service,
                imageID: imageID,
                hasHealthcheck: Self.isChecked(service, image: imageID.flatMap { images[$0] }),
                specDigest: imageID.flatMap { digests.digest(of: name, imageID: $0, in: definition) },
                healing: Self.healing(service)
            )
        }
        wanted = WantedStack(
            name: record.name,
            revision: revision.number,
            services: services,
            networks: definition.networks,
            volumes: definition.volumes,
            removesOrphans: removesOrphans,
            isLeaving: record.isLeaving,
            removesVolumes: record.removesVolumes,
            lastGood: lastGood
        )
    }

    /// Computes one service of ``wanted`` anew.
    mutating func refreshWanted(_ name: ServiceName) {
        guard let service = revision.definition.services[name] else { return }
        let imageID = refetches.contains(name) ? nil : revision.images[name]
        wanted.services[name] = WantedService(
            definition: service,
            imageID: imageID,
            hasHealthcheck: Self.isChecked(service, image: imageID.flatMap { images[$0] }),
            specDigest: imageID.flatMap { digests.digest(of: name, imageID: $0, in: revision.definition) },
            healing: Self.healing(service)
        )
    }

    /// Computes anew what depends on the image's facts alone.
    mutating func refreshHealthcheck(_ name: ServiceName) {
        guard let service = revision.definition.services[name] else { return }
        wanted.services[name]?.hasHealthcheck = Self.isChecked(
            service,
            image: revision.images[name].flatMap { images[$0] }
        )
    }

    /// What the file says of healing; a file with a mistake in it was refused before it came here.
    private static func healing(_ service: ServiceDefinition) -> HealingPolicy {
        do {
            return HealingPolicy(try HealingRules(homie: service.homie, labels: service.labels))
        } catch {
            return HealingPolicy()
        }
    }

    /// The engine or Homie itself checks it.
    private static func isChecked(_ service: ServiceDefinition, image: ObservedImage?) -> Bool {
        hasHealthcheck(service, image: image) || service.probe != nil
    }

    static func hasHealthcheck(_ service: ServiceDefinition, image: ObservedImage?) -> Bool {
        guard let check = service.healthcheck else { return image?.hasHealthcheck ?? false }
        if check.isDisabled { return false }
        return check.test != nil || (image?.hasHealthcheck ?? false)
    }

    /// The container that stands for a replica at present.
    func container(of instance: Instance) -> String? { plan.dispositions[instance]?.container }
}
