import HomieModel
import HomieSupervisor

@testable import HomieStore

/// Records for tests.
enum Samples {
    static let start = Timestamp(nanoseconds: 1_795_000_000_123_456_789)
    static let shop = name("shop")

    static func name(_ text: String) -> StackName {
        do { return try StackName(parsing: text) } catch { preconditionFailure("\(error)") }
    }

    static func service(_ text: String) -> ServiceName {
        do { return try ServiceName(parsing: text) } catch { preconditionFailure("\(error)") }
    }

    static func time(_ seconds: Int64) -> Timestamp { start + TimeSpan(nanoseconds: seconds * 1_000_000_000) }

    static func route(_ name: String, port: Int) -> HandRoute {
        do {
            return try HandRoute(
                name: RouteName(parsing: name),
                block: [
                    "service": "shop/web", "port": .integer(Int64(port)), "headers": ["request": ["X-Key": "s3cret"]],
                ],
                createdAt: start
            )
        } catch {
            preconditionFailure("\(error)")
        }
    }

    static func stack(_ name: StackName = shop, revision: Int = 1, lastGood: Int? = nil) -> StackRecord {
        StackRecord(
            name: name,
            revision: revision,
            lastGoodRevision: lastGood,
            stoppedByHand: ["web/1"],
            intent: DeploymentIntent(refetches: [service("web")], recreates: ["c1"], removesOrphans: true),
            createdAt: start,
            updatedAt: time(5)
        )
    }

    static func revision(_ number: Int, of stack: StackName = shop) -> RevisionRecord {
        var web = ServiceDefinition()
        web.image = "nginx:\(number)"
        web.environment = ["LANG": "C.UTF-8", "QUOTE": "'\"\\ \n – ☃"]
        web.restart = .onFailure(maximumRetries: 3)
        web.healthcheck = HealthcheckDefinition()
        web.healthcheck?.interval = .seconds(1.5)
        let definition = StackDefinition(
            name: stack,
            services: [service("web"): web],
            networks: ["default": NetworkDefinition(name: "\(stack)_default")]
        )
        return RevisionRecord(
            stack: stack,
            number: number,
            definition: definition,
            images: [service("web"): "sha256:\(number)"],
            origin: "up",
            createdAt: time(Int64(number))
        )
    }

    static func deployment(
        _ id: Int64,
        of stack: StackName = shop,
        state: DeploymentRecord.State = .running
    ) -> DeploymentRecord {
        DeploymentRecord(
            id: id,
            stack: stack,
            revision: 1,
            kind: .up,
            state: state,
            startedAt: time(id),
            endedAt: state.isFinal ? time(id + 1) : nil,
            cause: state == .failed ? "service 'web' did not become healthy" : nil
        )
    }

    static func event(_ id: Int64, stack: StackName? = shop, service: ServiceName? = nil) -> EventRecord {
        EventRecord(
            id: id,
            at: time(id),
            severity: .warning,
            kind: "container.died",
            message: "event \(id)",
            stack: stack,
            service: service,
            container: "abc",
            deployment: 1,
            cause: id > 1 ? id - 1 : nil,
            detail: "line\nline"
        )
    }

    static func container(_ id: String) -> ObservedContainer {
        ObservedContainer(
            id: id,
            name: "shop-web-1",
            imageID: "sha256:1",
            labels: [ContainerLabels.project: "shop"],
            state: .exited,
            health: .unhealthy,
            exitCode: 137,
            isOOMKilled: true,
            createdAt: Timestamp(nanoseconds: 1_795_000_000_987_654_321),
            finishedAt: Timestamp(nanoseconds: 1_795_000_001_000_000_001),
            mounts: [ObservedMount(kind: .volume, volume: "data", destination: "/data")],
            addresses: ["default": "172.18.0.2"]
        )
    }

    static func health(_ at: Int64) -> HealthRecord {
        HealthRecord(
            stack: shop,
            service: service("web"),
            container: "abc",
            health: .unhealthy,
            at: time(at),
            output: "no answer"
        )
    }

    static func signature(_ number: Int, at seconds: Int64) -> ImageSignature {
        ImageSignature(
            image: "shop/web@sha256:\(number)",
            keys: number % 2 == 0 ? "" : "k",
            state: seconds % 2 == 0 ? .verified : .unsigned,
            checkedAt: time(seconds)
        )
    }

    /// A stack with its first revision, in one commit.
    static func newStack(_ name: StackName = shop) -> [StateChange] {
        [.putStack(stack(name)), .putRevision(revision(1, of: name))]
    }
}

extension SQLiteStateStore {
    convenience init(_ directory: ScopedDirectory, limits: RetentionLimits = RetentionLimits()) throws {
        try self.init(directory: directory.path, now: Samples.start, limits: limits)
    }
}
