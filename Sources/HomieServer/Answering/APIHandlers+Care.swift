import HomieAPI
import HomieModel
import HomieSupervisor
import Hummingbird

extension APIHandlers {
    /// Health, issues and their remedies.
    func careAnswer(_ route: Route, _ query: Query) async throws -> Response {
        guard let care else { throw NotCaredFor() }
        switch route.endpoint.operation {
        case .fixIssue: return .json(try await care.fix(route.parameters["issue"] ?? ""))
        case .listHealth: return .json(HealthListAnswer(replicas: await care.health(of: query.stack("stack"))))
        default: return .json(IssuesAnswer(issues: await care.issues()))
        }
    }
}

/// The answer of a server that was given nobody who looks after health.
struct NotCaredFor: UserFacingError {
    let summary = "this server does not look after health"
    let kind = ErrorKind.notFound
}
