/// What is wrong with the exposure of a service, or with a route made by hand.
public struct RouteError: UserFacingError, Equatable {
    /// Whose it is: `shop/web`, or `the route 'photos'`.
    public var owner: String
    /// Where it is written: `labels.io.homie.expose`, `x-homie.gateway.headers.request` …
    public var place: String
    /// One clause: `has no key 'hots'`.
    public var problem: String
    public var hint: String?

    public init(owner: String, place: String, problem: String, hint: String? = nil) {
        self.owner = owner
        self.place = place
        self.problem = problem
        self.hint = hint
    }

    public var summary: String { "\(owner): \(place) \(problem)" }
    public var kind: ErrorKind { .usage }
}
