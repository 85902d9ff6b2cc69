import HomieAPI
import HomieModel

@testable import homie_cli

/// Records as a daemon would give them.
enum Samples {
    static let shop = name("shop")
    static let compose = "name: shop\nservices:\n  web:\n    image: nginx:1\n  db:\n    image: postgres:16\n"

    static func name(_ text: String) -> StackName {
        guard let name = StackName(argument: text) else { preconditionFailure("not a name: \(text)") }
        return name
    }

    static func service(_ text: String) -> ServiceName {
        guard let name = ServiceName(argument: text) else { preconditionFailure("not a name: \(text)") }
        return name
    }

    static func time(_ seconds: Double) -> Timestamp { Timestamp(nanoseconds: Int64(seconds * 1_000_000_000)) }

    static func deployment(
        _ state: DeploymentRecord.State,
        kind: DeploymentRecord.Kind = .up,
        id: Int64 = 7,
        cause: String? = nil
    ) -> DeploymentRecord {
        DeploymentRecord(
            id: id,
            stack: shop,
            revision: 3,
            kind: kind,
            state: state,
            startedAt: time(1_700_000_000),
            endedAt: state.isFinal ? time(1_700_000_012.4) : nil,
            cause: cause
        )
    }

    static func container(_ service: String, index: Int = 1, stack: StackName = shop) -> ContainerStatus {
        let observed = ObservedContainer(
            id: "\(service)\(index)".utf8.map { String($0, radix: 16) }.joined(),
            name: "\(stack)-\(service)-\(index)",
            imageID: "sha256:00",
            labels: [ContainerLabels.number: "\(index)"],
            state: .running,
            health: .healthy,
            createdAt: time(1_699_999_000),
            startedAt: time(1_699_999_900)
        )
        return ContainerStatus(observed, stack: stack, service: self.service(service))
    }

    static func status(
        _ service: String,
        _ phase: ServiceStatus.Phase = .healthy,
        reason: String? = nil,
        stack: StackName = shop,
        containers: Int = 1
    ) -> ServiceStatus {
        ServiceStatus(
            stack: stack,
            service: self.service(service),
            phase: phase,
            reason: reason,
            image: "\(service):1",
            replicas: max(1, containers),
            running: containers,
            containers: containers == 0 ? [] : (1...containers).map { container(service, index: $0, stack: stack) }
        )
    }

    static func stack(
        _ services: [ServiceStatus],
        name: StackName = shop,
        deployment: DeploymentRecord? = nil
    ) -> StackStatus {
        StackStatus(
            name: name,
            revision: 3,
            lastGoodRevision: 2,
            isLeaving: false,
            isConverged: services.allSatisfy { $0.phase == .healthy },
            services: services,
            deployment: deployment
        )
    }

    static func event(_ id: Int64, _ message: String, cause: Int64? = nil, detail: String? = nil) -> EventRecord {
        EventRecord(
            id: id,
            at: time(1_700_000_000 + Double(id)),
            kind: "test.happened",
            message: message,
            stack: shop,
            service: service("web"),
            deployment: 7,
            cause: cause,
            detail: detail
        )
    }

    static func problem(_ kind: ErrorKind, _ detail: String) -> FakeDaemon.Reply {
        .json(kind.httpStatus, ProblemDocument(status: kind.httpStatus, detail: detail, kind: kind, hint: "look again"))
    }
}
