public import HomieModel

/// What is wrong with a job's definition.
public struct ScheduleError: UserFacingError, Equatable {
    /// `shop/web` of a service's file, or the job's name.
    public var subject: String
    /// Where it is written: `x-homie.schedule[1].cron`.
    public var place: String
    /// One clause: `has no key 'crn'`.
    public var problem: String
    public var hint: String?

    public init(subject: String, place: String, problem: String, hint: String? = nil) {
        self.subject = subject
        self.place = place
        self.problem = problem
        self.hint = hint
    }

    public var summary: String { "\(subject): \(place) \(problem)" }
    public var kind: ErrorKind { .usage }
}
