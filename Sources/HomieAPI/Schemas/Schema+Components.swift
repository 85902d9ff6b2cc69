import HomieModel

extension Schema {
    private static let time = Schema.string(format: "date-time")
    private static let stackName = Schema.string(pattern: "^[a-z0-9][a-z0-9_-]{0,62}$")
    private static let serviceName = Schema.string(pattern: "^[a-zA-Z0-9._-]{1,128}$")

    /// The shapes that have a name, as OpenAPI's `components/schemas`.
    public static let components: [String: Schema] = [
        base, gateway, measurements, alerts, rollouts, jobs, traces, access, systemComponents,
    ].reduce(into: [:]) { all, part in
        all.merge(part) { first, _ in first }
    }

    private static let base: [String: Schema] = [
        "Version": .object([
            .init("version", .string(), "the daemon's release"),
            .init("api", .array(.string()), "the API's versions this daemon serves"),
            .init("commit", .string(), isRequired: false, "the source it was built from"),
        ]),
        "Health": .object([.init("status", .choice(["ok", "ready"]))]),
        "Problem": problem,
        "ApplyRequest": .object([
            .init("project", .map(.any), "a Compose project, normalised: absolute paths, no variables, no 'include'"),
            .init("options", .reference("ApplyOptions"), isRequired: false),
        ]),
        "ApplyOptions": .object([
            .init("pulls", .boolean, isRequired: false, "pull images even when they are there"),
            .init("forcesRecreate", .boolean, isRequired: false, "re-create even what did not change"),
            .init("removesOrphans", .boolean, isRequired: false, "remove the project's containers the file lacks"),
        ]),
        "ConfirmRequest": .object([
            .init("digest", .string(pattern: "^[0-9a-f]{64}$"), "the SHA-256 of a body of 'PUT /stacks/{stack}'")
        ]),
        "AdoptRequest": .object([
            .init("project", .map(.any), "the Compose project whose containers run already, normalised")
        ]),
        "RollbackRequest": .object([
            .init("revision", .integer(minimum: 1), isRequired: false, "the newest earlier good one when absent")
        ]),
        "Deployment": .object([
            .init("id", .integer(minimum: 1)),
            .init("stack", stackName),
            .init("revision", .integer(minimum: 0)),
            .init("kind", .choice(["up", "rollback", "down", "adopt"])),
            .init("state", .choice(["running", "succeeded", "failed", "superseded"])),
            .init("startedAt", time),
            .init("endedAt", time, isRequired: false),
            .init("cause", .string(), isRequired: false, "why it failed, in one sentence"),
        ]),
        "Plan": .object([.init("changes", .array(.reference("PlannedChange")))]),
        "PlannedChange": .object([
            .init(
                "action",
                .string(),
                "create, recreate, start, stop, remove, keep, add, move, drop, skip, refuse, check …"
            ),
            .init("object", .string(), "service, container, network, volume, address, route or image"),
            .init("name", .string()),
            .init("reason", .string()),
        ]),
        "Stacks": .object([
            .init("stacks", .array(.reference("Stack"))),
            .init("next", .string(), isRequired: false, "the cursor of the next page; absent on the last"),
        ]),
        "Stack": .object([
            .init("name", stackName),
            .init("revision", .integer(minimum: 0), "the revision that is wanted"),
            .init("lastGoodRevision", .integer(minimum: 0), isRequired: false),
            .init("isLeaving", .boolean, "true while it is being taken down"),
            .init("isConverged", .boolean, "true when every service is where it should be"),
            .init("services", .array(.reference("Service"))),
            .init("deployment", .reference("Deployment"), isRequired: false),
        ]),
        "Services": .object([
            .init("services", .array(.reference("Service"))),
            .init("next", .string(), isRequired: false, "the cursor of the next page; absent on the last"),
        ]),
        "Service": .object([
            .init("stack", stackName),
            .init("service", serviceName),
            .init("phase", .choice(phases)),
            .init("reason", .string(), isRequired: false, "what it waits for, or why it failed"),
            .init("image", .string(), isRequired: false),
            .init("replicas", .integer(minimum: 0)),
            .init("running", .integer(minimum: 0)),
            .init("containers", .array(.reference("Container"))),
        ]),
        "Containers": .object([
            .init("containers", .array(.reference("Container"))),
            .init("next", .string(), isRequired: false, "the cursor of the next page; absent on the last"),
        ]),
        "Container": container,
        "Revisions": .object([.init("revisions", .array(.reference("Revision")), "oldest first")]),
        "Revision": .object([
            .init("stack", stackName),
            .init("number", .integer(minimum: 1)),
            .init("services", .array(serviceName)),
            .init("images", .map(.string()), "the image ID each service runs, once resolved"),
            .init("origin", .string(), "why it was made, e.g. 'up' or 'rollback to 3'"),
            .init("createdAt", time),
            .init("isWanted", .boolean),
            .init("isLastGood", .boolean),
        ]),
        "Events": .object([.init("events", .array(.reference("Event")), "in rising order of ID")]),
        "Event": event,
        "LogLine": .object([
            .init("at", time, isRequired: false),
            .init("channel", .choice(["stdout", "stderr"])),
            .init("text", .string()),
        ]),
        "Findings": .object([.init("findings", .array(.reference("Finding")))]),
        "Finding": .object([
            .init("check", .string()),
            .init("level", .choice(["ok", "notice", "warning", "error"])),
            .init("message", .string()),
            .init("remedy", .string(), isRequired: false),
        ]),
    ].merging(careComponents) { own, _ in own }

    private static let phases = ServiceStatus.Phase.allCases.map(\.rawValue)

    private static let container = Schema.object([
        .init("id", .string()),
        .init("name", .string()),
        .init("stack", stackName),
        .init("service", serviceName),
        .init("index", .integer(minimum: nil), "the replica's number, from 1"),
        .init(
            "state",
            .choice(["created", "running", "paused", "restarting", "removing", "exited", "dead"])
        ),
        .init("health", .choice(["none", "starting", "healthy", "unhealthy"])),
        .init("exitCode", .integer(minimum: nil)),
        .init("imageID", .string()),
        .init("revision", .integer(minimum: 0), isRequired: false),
        .init("startedAt", time, isRequired: false),
        .init("addresses", .map(.string()), "IP addresses by network name"),
    ])

    private static let event = Schema.object([
        .init("id", .integer(minimum: 1), "rises by one with every event of this device"),
        .init("at", time),
        .init("severity", .choice(["info", "warning", "error"])),
        .init("kind", .string(), "a dotted name, e.g. container.died"),
        .init("message", .string()),
        .init("stack", stackName, isRequired: false),
        .init("service", serviceName, isRequired: false),
        .init("container", .string(), isRequired: false),
        .init("deployment", .integer(minimum: 1), isRequired: false),
        .init("cause", .integer(minimum: 1), isRequired: false, "the event that led to this one"),
        .init("detail", .string(), isRequired: false),
    ])

    private static let problem = Schema.object([
        .init("type", .string(format: "uri-reference")),
        .init("title", .string(), "the same for every problem of this type"),
        .init("status", .integer(minimum: 400)),
        .init("detail", .string(), "one sentence that names the object"),
        .init("kind", .choice(ErrorKind.allCases.map(\.rawValue))),
        .init("hint", .string(), isRequired: false, "how to mend it"),
        .init("causes", .array(.string()), isRequired: false, "what led to it, nearest first"),
        .init(
            "errors",
            .array(.object([.init("path", .string()), .init("message", .string())])),
            isRequired: false,
            "places in the request's body, as JSON pointers (RFC 6901)"
        ),
    ])
}
