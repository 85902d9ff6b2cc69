public import HomieModel
import HomiePlanning

extension Supervisor: RouteControl {
    public func handRoutes() -> [HandRoute] { handRoutesByName.values.sorted { $0.name < $1.name } }

    public func put(_ route: HandRoute) async throws -> Bool {
        try await mutations.run { try await self.putNow(route) }
    }

    public func removeRoute(_ name: RouteName) async throws -> HandRoute {
        try await mutations.run { try await self.removeRouteNow(name) }
    }

    private func putNow(_ route: HandRoute) async throws -> Bool {
        let others = handRoutesByName.values.filter { $0.name != route.name }
        if let conflict = RouteConflict.of(route, in: routeTable(hand: others)) { throw conflict }
        try await writer.commit([.putRoute(route)])
        let isNew = handRoutesByName.updateValue(route, forKey: route.name) == nil
        tell(route, isNew ? "route.added" : "route.changed", isNew ? "was made by hand" : "was changed by hand")
        return isNew
    }

    private func removeRouteNow(_ name: RouteName) async throws -> HandRoute {
        guard let route = handRoutesByName[name] else { throw SupervisorError.noRoute(name) }
        try await writer.commit([.removeRoute(name)])
        handRoutesByName[name] = nil
        tell(route, "route.removed", "was removed by hand")
        return route
    }

    private func tell(_ route: HandRoute, _ kind: String, _ words: String) {
        let (stack, service): (StackName?, ServiceName?) =
            if case .service(let stack, let service) = route.target { (stack, service) } else { (nil, nil) }
        let message = "the route '\(route.name)' to \(route.target) \(words)"
        record(.info, kind, message, stack: stack, service: service)
        publishRoutes()
    }

    /// Services of a stack that a route made by hand leads to.
    func routedByHand(in stack: StackName) -> Set<ServiceName> {
        Set(
            handRoutesByName.values.compactMap { route in
                guard case .service(stack, let service) = route.target else { return nil }
                return service
            }
        )
    }
}
