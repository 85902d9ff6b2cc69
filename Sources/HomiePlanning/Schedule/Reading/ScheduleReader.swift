public import HomieModel

/// Reads the jobs of a stack from its services' `x-homie.schedule`.
///
/// ```yaml
/// x-homie:
///   schedule: "30 3 * * *"           # a fresh container of this service, every night
/// x-homie:
///   schedule:                        # one block, or a list of them
///     - name: dump
///       cron: "@daily"
///       zone: Europe/Berlin
///       exec: pg_dumpall -U postgres -f /backup/all.sql
/// ```
public struct ScheduleReader: Sendable {
    let stack: StackName
    let service: ServiceName
    let definition: ServiceDefinition

    init(stack: StackName, service: ServiceName, definition: ServiceDefinition) {
        self.stack = stack
        self.service = service
        self.definition = definition
    }

    /// At most this many jobs a stack.
    public static let mostJobs = 200

    /// All jobs of a stack, by name.
    ///
    /// - Throws: ``ScheduleError`` naming the first key that is wrong, services in the order of their names.
    public static func jobs(of stack: StackDefinition) throws(ScheduleError) -> [JobDefinition] {
        var jobs: [JobDefinition] = []
        for (name, definition) in stack.services.sorted(by: { $0.key < $1.key }) {
            let reader = ScheduleReader(stack: stack.name, service: name, definition: definition)
            for job in try reader.jobs() {
                if let other = jobs.first(where: { $0.name == job.name }) {
                    throw reader.error(
                        "x-homie.schedule",
                        "has a job '\(job.name.job)', and service '\(other.action.service)' has one of that name, too",
                        hint: "give it another 'name'"
                    )
                }
                jobs.append(job)
            }
            guard jobs.count <= mostJobs else {
                throw reader.error("x-homie.schedule", "is beyond the \(mostJobs) jobs that a stack may have")
            }
        }
        try checkReferences(jobs, in: stack)
        return jobs.sorted { $0.name < $1.name }
    }

    /// One job that was made through the API: the keys of a block and `service`.
    ///
    /// - Throws: ``ScheduleError``
    public static func job(_ name: JobName, from block: JSONValue) throws(ScheduleError) -> JobDefinition {
        guard var members = block.objectValue else {
            throw ScheduleError(subject: name.description, place: "the job", problem: "is not a block")
        }
        let text = members.removeValue(forKey: "service")?.stringValue
        guard let text, let service = try? ServiceName(parsing: text) else {
            throw ScheduleError(
                subject: name.description,
                place: "service",
                problem: "is not a service's name",
                hint: "name the service whose container is run"
            )
        }
        let reader = ScheduleReader(stack: name.stack, service: service, definition: ServiceDefinition())
        members["name"] = members["name"] ?? .string(name.job.text)
        let job = try ScheduleBlock(reader, .object(members), place: "job").job(fallback: name.job)
        guard job.name == name else { throw reader.error("job.name", "is not '\(name.job)'") }
        return job
    }

    func jobs() throws(ScheduleError) -> [JobDefinition] {
        let place = "x-homie.schedule"
        guard let value = definition.homie?["schedule"] else { return [] }
        switch value {
        case .string:
            return [try ScheduleBlock(self, .object(["cron": value]), place: place).job(fallback: service)]
        case .object: return [try ScheduleBlock(self, value, place: place).job(fallback: service)]
        case .array(let blocks):
            guard !blocks.isEmpty else { throw error(place, "is an empty list") }
            guard blocks.count <= 32 else { throw error(place, "has more than 32 jobs") }
            var jobs: [JobDefinition] = []
            for (index, block) in blocks.enumerated() {
                let block = try ScheduleBlock(self, block, place: "\(place)[\(index)]")
                jobs.append(try block.job(fallback: blocks.count == 1 ? service : nil))
            }
            return jobs
        case .null, .bool, .integer, .number:
            throw error(place, "is neither a cron expression, a block nor a list of blocks")
        }
    }

    private static func checkReferences(_ jobs: [JobDefinition], in stack: StackDefinition) throws(ScheduleError) {
        let names = Set(jobs.map(\.name))
        for job in jobs {
            let subject = "\(stack.name)/\(job.action.service)"
            for case .after(let others) in job.triggers {
                if let stranger = others.subtracting(names).filter({ $0.stack == stack.name }).min() {
                    throw ScheduleError(
                        subject: subject,
                        place: "job '\(job.name.job)'",
                        problem: "comes after '\(stranger.job)', which is no job of this stack"
                    )
                }
                guard !others.contains(job.name) else {
                    throw ScheduleError(
                        subject: subject,
                        place: "job '\(job.name.job)'",
                        problem: "comes after itself"
                    )
                }
            }
            if let stranger = job.needsHealthy.filter({ stack.services[$0] == nil }).min() {
                throw ScheduleError(
                    subject: subject,
                    place: "job '\(job.name.job)'",
                    problem: "waits for the health of '\(stranger)', which is no service of this stack"
                )
            }
        }
        try refuseCircles(jobs, in: stack.name)
    }

    /// Jobs that follow one another in a circle would run for ever.
    private static func refuseCircles(_ jobs: [JobDefinition], in stack: StackName) throws(ScheduleError) {
        let circular = circular(jobs)
        guard let job = jobs.first(where: { circular.contains($0.name) }) else { return }
        throw ScheduleError(
            subject: "\(stack)/\(job.action.service)",
            place: "job '\(job.name.job)'",
            problem: "comes after itself, by way of others"
        )
    }

    /// Those of the jobs that come after themselves, be it by way of others and of other stacks.
    public static func circular(_ jobs: some Sequence<JobDefinition>) -> Set<JobName> {
        var after: [JobName: Set<JobName>] = [:]
        for job in jobs {
            for case .after(let others) in job.triggers { after[job.name, default: []].formUnion(others) }
        }
        return Set(
            after.keys.filter { name in
                var reached: Set<JobName> = []
                var layer = after[name] ?? []
                while !layer.isEmpty {
                    reached.formUnion(layer)
                    layer = layer.reduce(into: Set<JobName>()) { $0.formUnion(after[$1] ?? []) }.subtracting(reached)
                }
                return reached.contains(name)
            }
        )
    }

    func error(_ place: String, _ problem: String, hint: String? = nil) -> ScheduleError {
        ScheduleError(subject: "\(stack)/\(service)", place: place, problem: problem, hint: hint)
    }
}

extension JobDefinition.Action {
    /// Whose container it is about.
    public var service: ServiceName {
        switch self {
        case .run(let service, _), .execute(let service, _): service
        }
    }
}
