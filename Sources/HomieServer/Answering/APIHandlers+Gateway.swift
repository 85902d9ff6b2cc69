import HomieAPI
import HomieModel
import HomieSupervisor
import Hummingbird

extension APIHandlers {
    /// How services are reached.
    func gatewayAnswer(_ route: Route, _ request: Request) async throws -> Response {
        switch route.endpoint.operation {
        case .putRoute:
            guard let routeControl else { throw NoGateway() }
            let body = try await request.checkedBody(of: route.endpoint) ?? .null
            let made = try HandRoute(name: try route.routeName, block: body, createdAt: now())
            try made.requireIdentity()
            let isNew = try await routeControl.put(made)
            return .json(HandRouteAnswer(made), status: isNew ? 201 : 200)
        case .removeRoute:
            guard let routeControl else { throw NoGateway() }
            return .json(HandRouteAnswer(try await routeControl.removeRoute(try route.routeName)))
        case .traceRoute:
            guard let routes else { throw NoGateway() }
            let wanted = try BodyDecoding.value(
                RouteTraceRequest.self,
                from: try await request.checkedBody(of: route.endpoint) ?? .null
            )
            guard let address = WebAddress(parsing: wanted.url) else { throw RequestError.badAddress(wanted.url) }
            return .json(await routes.trace(address, asks: wanted.asks ?? true))
        case .listCertificates: return .json(CertificatesAnswer(certificates: await routes?.certificates() ?? []))
        case .getAuthority:
            guard let authority = try await routes?.authority() else { throw NoGateway() }
            return .json(authority)
        default: return .json(RoutesAnswer(routes: await routes?.routes() ?? []))
        }
    }
}

/// The answer of a server that was given no gateway.
struct NoGateway: UserFacingError {
    let summary = "the gateway is off"
    let hint: String? = "set 'gateway = on' in homied.conf"
    let kind = ErrorKind.notFound
}

extension Route {
    /// - Throws: `RouteTextError`
    fileprivate var routeName: RouteName {
        get throws { try RouteName(parsing: parameters["route"] ?? "") }
    }
}
