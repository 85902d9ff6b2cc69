/// What is wrong with a service's `x-homie.update` or `deploy.update_config`.
public struct UpdateSettingsError: UserFacingError, Equatable {
    public var service: ServiceName
    /// Where it is written: `x-homie.update.strategy` …
    public var place: String
    /// One clause: `is not one of rolling, canary`.
    public var problem: String
    public var hint: String?

    public init(service: ServiceName, place: String, problem: String, hint: String? = nil) {
        self.service = service
        self.place = place
        self.problem = problem
        self.hint = hint
    }

    public var summary: String { "service '\(service)': \(place) \(problem)" }
    public var kind: ErrorKind { .usage }
}
