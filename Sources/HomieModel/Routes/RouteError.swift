/// What is wrong with a service's exposure.
public struct RouteError: UserFacingError, Equatable {
    public var stack: StackName
    public var service: ServiceName
    /// Where it is written: `labels.io.homie.expose`, `x-homie.gateway.headers.request` …
    public var place: String
    /// One clause: `has no key 'hots'`.
    public var problem: String
    public var hint: String?

    public init(stack: StackName, service: ServiceName, place: String, problem: String, hint: String? = nil) {
        self.stack = stack
        self.service = service
        self.place = place
        self.problem = problem
        self.hint = hint
    }

    public var summary: String { "\(stack)/\(service): \(place) \(problem)" }
    public var kind: ErrorKind { .usage }
}
