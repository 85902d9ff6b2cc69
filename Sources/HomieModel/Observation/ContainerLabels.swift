/// The labels by which Homie and Docker Compose know a container, network or volume.
public enum ContainerLabels {
    public static let project = "com.docker.compose.project"
    public static let service = "com.docker.compose.service"
    public static let number = "com.docker.compose.container-number"
    public static let oneOff = "com.docker.compose.oneoff"
    public static let network = "com.docker.compose.network"
    public static let volume = "com.docker.compose.volume"
    /// The version of Docker Compose whose labels these are; it looks for the label, not for the version.
    public static let composeVersion = "com.docker.compose.version"
    /// `true` on networks and volumes that Homie made.
    public static let managed = "io.homie.managed"
    /// The revision a container was made for.
    public static let revision = "io.homie.revision"
    /// Digest of everything that went into the container; another digest means it must be re-created.
    public static let specDigest = "io.homie.spec"
    /// Laid over a container that was taken over from elsewhere; never on the engine's own labels.
    public static let adopted = "io.homie.adopted"
    /// The containers whose namespaces it joined: `service=id` pairs, sorted, joined by commas.
    public static let namespaces = "io.homie.namespaces"
    /// Laid over beside another ``specDigest``: the one that the engine's own label has.
    public static let ownDigest = "io.homie.own-spec"
    /// The service's definition as JSON without secrets, so that lost state can be rebuilt from the engine. The values of
    /// variables and of other settings that may be passwords are none of it: labels show in listings and in every event.
    public static let definition = "io.homie.definition"
    /// Laid over a container whose `post_start` hooks have not run since its start; never on the engine's own labels.
    public static let owesHooks = "io.homie.owes-hooks"
    /// `true` on a container that stands in for a replica at the published ports of the host while it is replaced.
    public static let standIn = "io.homie.stand-in"
    /// The job a container was made for, as `STACK/JOB`; such a container is a one-off, too.
    public static let job = "io.homie.job"
    /// The run and the attempt a job's container is for, as `RUN/ATTEMPT`.
    public static let jobRun = "io.homie.job.run"
}

extension ObservedContainer {
    public var stack: StackName? { labels[ContainerLabels.project].flatMap { try? StackName(parsing: $0) } }
    public var service: ServiceName? { labels[ContainerLabels.service].flatMap { try? ServiceName(parsing: $0) } }
    /// The replica's number, from 1.
    public var index: Int { labels[ContainerLabels.number].flatMap(Int.init) ?? 1 }
    public var specDigest: String? { labels[ContainerLabels.specDigest] }
    public var revision: Int? { labels[ContainerLabels.revision].flatMap(Int.init) }
    /// True for containers of `docker compose run`, which nobody supervises.
    public var isOneOff: Bool { labels[ContainerLabels.oneOff]?.lowercased() == "true" }
    /// Its `post_start` hooks have not run since its start.
    public var owesHooks: Bool { labels[ContainerLabels.owesHooks] != nil }
    /// Answers at a replica's published ports while that is replaced, and goes afterwards.
    public var isStandIn: Bool { labels[ContainerLabels.standIn] == "true" }
    /// True when Homie made it.
    public var isOwned: Bool { specDigest != nil }
}
