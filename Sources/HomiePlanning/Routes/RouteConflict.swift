public import HomieModel

/// A route made by hand that wants what another one has.
public struct RouteConflict: UserFacingError, Equatable {
    public var name: RouteName
    public var place: String
    public var owner: RouteKey

    public var summary: String { "the route '\(name)' cannot have \(place): it is served by \(owner) already" }
    public var hint: String? { "give it another host, path or name" }
    public var kind: ErrorKind { .conflict }

    /// The first place that is taken; nil when the route takes nothing from anybody.
    ///
    /// - Parameter table: the routes there are, without this one.
    public static func of(_ route: HandRoute, in table: RouteTable) -> RouteConflict? {
        var own = RouteTable(routes: [PlannedRoute(key: RouteKey(route), route: route.route)])
        RouteNaming.name(&own)
        let wanted = own.routes.map(RouteNaming.places(of:)).reduce(into: []) { $0.formUnion($1) } as Set<String>
        for other in table.routes {
            if let place = wanted.intersection(RouteNaming.places(of: other)).min() {
                return RouteConflict(name: route.name, place: place, owner: other.key)
            }
        }
        return nil
    }
}
