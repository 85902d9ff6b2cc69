import HomieAPI
import HomieModel

/// Full and sparse records of every kind that goes over the wire.
enum Samples {
    static let at = Timestamp(nanoseconds: 1_795_000_000_123_000_000)

    static func stack(_ text: String = "shop") throws -> StackName { try StackName(parsing: text) }
    static func service(_ text: String = "web") throws -> ServiceName { try ServiceName(parsing: text) }

    static func container() throws -> ContainerStatus {
        let observed = ObservedContainer(
            id: "abc",
            name: "shop-web-1",
            imageID: "sha256:1",
            labels: [ContainerLabels.revision: "3"],
            state: .running,
            health: .healthy,
            createdAt: at,
            startedAt: at,
            addresses: ["default": "172.18.0.2"]
        )
        return ContainerStatus(observed, stack: try stack(), service: try service())
    }

    static func deployment(_ state: DeploymentRecord.State = .failed) throws -> DeploymentRecord {
        DeploymentRecord(
            id: 7,
            stack: try stack(),
            revision: 3,
            kind: .rollback,
            state: state,
            startedAt: at,
            endedAt: state.isFinal ? at : nil,
            cause: "it did not start"
        )
    }

    static func serviceStatus() throws -> ServiceStatus {
        ServiceStatus(
            stack: try stack(),
            service: try service(),
            phase: .waiting,
            reason: "db is not healthy",
            image: "nginx",
            replicas: 2,
            running: 1,
            containers: [try container()]
        )
    }

    static func stackStatus() throws -> StackStatus {
        StackStatus(
            name: try stack(),
            revision: 3,
            lastGoodRevision: 2,
            isLeaving: false,
            isConverged: false,
            services: [try serviceStatus()],
            deployment: try deployment()
        )
    }

    static func event(_ id: Int64 = 9) throws -> EventRecord {
        EventRecord(
            id: id,
            at: at,
            severity: .error,
            kind: "container.died",
            message: "it died",
            stack: try stack(),
            service: try service(),
            container: "abc",
            deployment: 7,
            cause: 8,
            detail: "a\nb"
        )
    }

    static func revision() throws -> RevisionSummary {
        let record = RevisionRecord(
            stack: try stack(),
            number: 3,
            definition: StackDefinition(name: try stack(), services: [try service(): ServiceDefinition()]),
            images: [try service(): "sha256:1"],
            origin: "up",
            createdAt: at
        )
        return RevisionSummary(record, isWanted: true, isLastGood: false)
    }
}
