import HomieModel

/// One block of `x-homie.schedule`.
struct ScheduleBlock {
    let reader: ScheduleReader
    let members: [String: JSONValue]
    let place: String

    private static let keys: Set<String> = [
        "name", "cron", "zone", "on", "after", "run", "exec", "random_delay", "missed", "conflict", "groups", "timeout",
        "retries", "retry_wait", "healthy", "needs", "deadline", "suspended",
    ]

    /// - Throws: ``ScheduleError`` when `value` is no block, or has a key nobody knows.
    init(_ reader: ScheduleReader, _ value: JSONValue, place: String) throws(ScheduleError) {
        guard let members = value.objectValue else { throw reader.error(place, "is not a block") }
        self.reader = reader
        self.members = members
        self.place = place
        try refuseUnknown(members, Self.keys, at: place)
    }

    /// - Parameter fallback: the job's name when the block says none.
    /// - Throws: ``ScheduleError``
    func job(fallback: ServiceName?) throws(ScheduleError) -> JobDefinition {
        let name = JobName(reader.stack, try self.name(fallback))
        var job = JobDefinition(name: name, triggers: try triggers(), action: try action())
        if let delay = try span("random_delay", within: .seconds(0)...(.seconds(7 * 86_400))) {
            job.randomDelay = delay
        }
        if let missed: JobDefinition.MissedRuns = try choice("missed", [.skip, .once, .all]) {
            job.missedRuns = missed
        }
        if let policy: JobDefinition.Conflict = try choice("conflict", [.skip, .queue, .replace]) {
            job.conflict = policy
        }
        job.groups = Set(try texts("groups"))
        job.timeout = try span("timeout", within: .seconds(1)...(.seconds(30 * 86_400)))
        if let value = members["retries"] {
            guard let retries = value.integerValue, (0...100).contains(retries) else {
                throw error("retries", "is not a number from 0 to 100")
            }
            job.retries = Int(retries)
        }
        if let wait = try span("retry_wait", within: .seconds(0)...(.seconds(86_400))) {
            job.retryWait = Backoff(first: wait, ceiling: max(wait, .seconds(3600)))
        }
        for text in try texts("healthy") { job.needsHealthy.insert(try service(text, "healthy")) }
        job.needs = try needs()
        job.deadline = try span("deadline", within: .seconds(1)...(.seconds(30 * 86_400)))
        job.isSuspended = try flag("suspended") ?? false
        return job
    }

    private func name(_ fallback: ServiceName?) throws(ScheduleError) -> ServiceName {
        guard let value = members["name"] else {
            guard let fallback else {
                throw error("name", "is missing", hint: "of several jobs of a service each needs one")
            }
            return fallback
        }
        guard let text = value.stringValue, let name = try? ServiceName(parsing: text) else {
            throw error("name", "is not a name", hint: "use letters, digits, '.', '-' and '_'")
        }
        return name
    }

    // MARK: what starts it

    private func triggers() throws(ScheduleError) -> [JobDefinition.Trigger] {
        var triggers: [JobDefinition.Trigger] = []
        let zone = try self.zone()
        for text in try texts("cron") {
            do {
                triggers.append(.cron(try CronExpression(parsing: text), zone: zone))
            } catch {
                throw self.error("cron", "is wrong: \(error.summary)", hint: error.hint)
            }
        }
        if members["zone"] != nil, triggers.isEmpty { throw error("zone", "says nothing without 'cron'") }
        for value in list("on") { triggers.append(.event(try filter(value))) }
        var others: Set<JobName> = []
        for text in try texts("after") { others.insert(try job(text)) }
        if !others.isEmpty { triggers.append(.after(others)) }
        return triggers
    }

    private func zone() throws(ScheduleError) -> String {
        guard let value = members["zone"] else { return "UTC" }
        guard let text = value.stringValue, TimeZoneTable.isName(text) else {
            throw error("zone", "is not the name of a time zone", hint: "write it like 'Europe/Berlin'")
        }
        return text
    }

    private func filter(_ value: JSONValue) throws(ScheduleError) -> JobEventFilter {
        if let text = value.stringValue { return JobEventFilter(kind: try kind(text)) }
        guard let members = value.objectValue else { throw error("on", "is neither an event's name nor a block") }
        try refuseUnknown(members, ["event", "service", "stack"], at: "\(place).on")
        guard let text = members["event"]?.stringValue else { throw error("on.event", "is missing") }
        var filter = JobEventFilter(kind: try kind(text))
        if let value = members["service"] {
            filter.service = try service(value.stringValue ?? "", "on.service")
        }
        if let value = members["stack"] {
            if value.stringValue == "*" {
                filter.isOfAnyStack = true
            } else {
                guard let text = value.stringValue, let name = try? StackName(parsing: text) else {
                    throw error("on.stack", "is not a stack's name", hint: "'*' stands for all")
                }
                filter.stack = name
            }
        }
        return filter
    }

    private func kind(_ text: String) throws(ScheduleError) -> String {
        guard JobEventFilter.isKind(text) else {
            throw error(
                "on",
                "'\(text.prefix(40))' is not an event's name",
                hint: "write it as 'homie events --json' shows it: container.died, service.*, startup"
            )
        }
        guard text != "job" && !text.hasPrefix("job.") else {
            throw error("on", "cannot be an event of a job", hint: "use 'after: [other]'")
        }
        return text
    }

    private func job(_ text: String) throws(ScheduleError) -> JobName {
        if text.contains("/") {
            guard let name = try? JobName(parsing: text) else { throw error("after", "'\(text)' is not a job's name") }
            return name
        }
        return JobName(reader.stack, try service(text, "after"))
    }

    // MARK: what is done

    private func action() throws(ScheduleError) -> JobDefinition.Action {
        if let value = members["exec"] {
            guard members["run"] == nil else { throw error("exec", "contradicts 'run'", hint: "keep one of the two") }
            return .execute(reader.service, command: try command(value, "exec"))
        }
        return .run(
            reader.service,
            command: try members["run"].map { value throws(ScheduleError) in
                try command(value, "run")
            }
        )
    }

    /// A list as it is; a text as a line of the container's shell, as in a crontab.
    private func command(_ value: JSONValue, _ key: String) throws(ScheduleError) -> [String] {
        if let text = value.stringValue {
            guard text.contains(where: { $0 != " " }) else { throw error(key, "is empty") }
            return ["/bin/sh", "-c", text]
        }
        guard let words = value.arrayValue, !words.isEmpty else {
            throw error(key, "is neither a command line nor a list of words")
        }
        return try words.map { word throws(ScheduleError) in
            guard let text = word.stringValue else { throw error(key, "has a word that is not a text") }
            return text
        }
    }

    private func needs() throws(ScheduleError) -> JobDefinition.Headroom? {
        guard let value = members["needs"] else { return nil }
        guard let block = value.objectValue else {
            throw error("needs", "is not a block", hint: "write 'needs: {cpus: 1, memory: 512m}'")
        }
        try refuseUnknown(block, ["cpus", "memory", "io_pressure"], at: "\(place).needs")
        var needs = JobDefinition.Headroom()
        if let value = block["cpus"] { needs.cpus = try number(value, "needs.cpus", within: 0...1024) }
        if let value = block["memory"] { needs.memory = try bytes(value, "needs.memory") }
        if let value = block["io_pressure"] {
            needs.ioPressure = try number(value, "needs.io_pressure", within: 0...100)
        }
        return needs
    }
}
