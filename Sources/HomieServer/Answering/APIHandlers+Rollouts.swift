import HomieAPI
import HomieModel
import HomieSupervisor
import Hummingbird

extension APIHandlers {
    /// The operations of updates.
    func rollout(_ route: Route, _ query: Query, _ request: Request) async throws -> Response {
        if route.endpoint.operation == .listRollouts {
            return .json(RolloutsAnswer(rollouts: try await updates?.rollouts(of: query.stack("stack")) ?? []))
        }
        if route.endpoint.operation == .listImages {
            return .json(ImagesAnswer(images: try await updates?.imageChecks() ?? []))
        }
        guard let updates else { throw NoUpdates() }
        let stack = try StackName(parsing: route.parameters["stack"] ?? "")
        let body = try await request.checkedBody(of: route.endpoint)
        if route.endpoint.operation == .updateStack {
            let names = body?["services"]?.arrayValue?.compactMap(\.stringValue) ?? []
            let deployment = try await updates.update(stack, services: try names.map { try ServiceName(parsing: $0) })
            return .deployment(deployment)
        }
        let service = try ServiceName(parsing: route.parameters["service"] ?? "")
        switch route.endpoint.operation {
        case .lockService:
            let reason = body?["reason"]?.stringValue ?? "by hand"
            try await updates.lock(service, in: stack, reason: reason)
            return .json(LockAnswer(isLocked: true))
        case .unlockService:
            try await updates.lock(service, in: stack, reason: nil)
            return .json(LockAnswer(isLocked: false))
        default:
            let action = body?["action"]?.stringValue.flatMap { RolloutAction(rawValue: $0) } ?? .pause
            return .json(try await updates.steer(service, in: stack, action))
        }
    }
}

/// The answer of a server that was given no updates.
struct NoUpdates: UserFacingError {
    let summary = "this server has no updates"
    let kind = ErrorKind.notFound
}
