import HomieAPI
import HomieModel
import HomieSupervisor
import Hummingbird

extension APIHandlers {
    /// The operations on the device's operating system.
    func systemAnswer(_ route: Route, _ request: Request) async throws -> Response {
        guard let system else { throw NoSystem() }
        let body = try await request.checkedBody(of: route.endpoint)
        switch route.endpoint.operation {
        case .installSystem:
            let source = try body?["source"]?.stringValue.map { try InstallSource(parsing: $0) } ?? .newest
            try await system.install(source, restarts: body?["restarts"]?.boolValue ?? false)
            return .json(try await system.status(), status: 202)
        case .rollbackSystem:
            // Where there is no updater, nothing is to be started either.
            _ = try await system.status()
            try await system.rollback()
            return .json(try await system.status())
        case .restartSystem:
            let status = try await system.status()
            try await system.restart()
            return .json(status, status: 202)
        default: return .json(try await system.status())
        }
    }
}

/// The answer where Homie is not the device's operating system.
struct NoSystem: UserFacingError {
    let summary = "this device has no system that Homie updates"
    let hint: String? = "install the appliance image to have system updates"
    let kind = ErrorKind.notFound
}
