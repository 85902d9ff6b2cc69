import HomieModel
import HomiePlanning
import Testing

@Suite struct ScheduleReaderTests {
    private func stack(_ services: [String: JSONValue]) throws -> StackDefinition {
        var stack = StackDefinition(name: try StackName(parsing: "shop"))
        for (name, schedule) in services {
            var service = ServiceDefinition()
            service.homie = ["schedule": schedule]
            stack.services[try ServiceName(parsing: name)] = service
        }
        return stack
    }

    private func jobs(_ schedule: JSONValue) throws -> [JobDefinition] {
        try ScheduleReader.jobs(of: try stack(["db": schedule]))
    }

    @Test func `a cron expression alone runs the service's container, under the service's name`() throws {
        let job = try #require(try jobs("30 3 * * *").first)
        #expect(job.name.description == "shop/db")
        #expect(job.action == .run(try ServiceName(parsing: "db"), command: nil))
        #expect(job.triggers == [.cron(try CronExpression(parsing: "30 3 * * *"), zone: "UTC")])
        #expect(job.missedRuns == .once && job.conflict == .skip && job.timeout == nil)
    }

    @Test func `a block says everything there is to say`() throws {
        let job = try #require(
            try jobs([
                "name": "dump", "cron": ["@daily", "0 12 * * sun"], "zone": "Europe/Berlin",
                "exec": "pg_dumpall > /b/all",
                "on": ["startup", ["event": "container.died", "service": "web", "stack": "*"]], "random_delay": "10m",
                "missed": "all", "conflict": "queue", "groups": "disk", "timeout": "1h30m", "retries": 2,
                "retry_wait": 5,
                "healthy": ["db"], "needs": ["cpus": 1, "memory": "512m", "io_pressure": 20], "deadline": "2d",
                "suspended": true,
            ]).first
        )
        let db = try ServiceName(parsing: "db")
        #expect(job.name.description == "shop/dump")
        #expect(job.action == .execute(db, command: ["/bin/sh", "-c", "pg_dumpall > /b/all"]))
        let filter = JobEventFilter(
            kind: "container.died",
            service: try ServiceName(parsing: "web"),
            isOfAnyStack: true
        )
        #expect(
            job.triggers == [
                .cron(try CronExpression(parsing: "@daily"), zone: "Europe/Berlin"),
                .cron(try CronExpression(parsing: "0 12 * * sun"), zone: "Europe/Berlin"),
                .event(JobEventFilter(kind: "startup")), .event(filter),
            ]
        )
        #expect(job.randomDelay == .seconds(600) && job.missedRuns == .all && job.conflict == .queue)
        #expect(job.groups == ["disk"] && job.timeout == .seconds(5400) && job.retries == 2)
        #expect(job.retryWait.first == .seconds(5) && job.needsHealthy == [db] && job.deadline == .seconds(172_800))
        #expect(
            job.needs == JobDefinition.Headroom(cpus: 1, memory: ByteCount(bytes: 512 << 20), ioPressure: 20)
        )
        #expect(job.isSuspended)
    }

    private static let wrong: [(JSONValue, String)] = [
        (["crn": "@daily"], "x-homie.schedule has no key 'crn'"),
        (["cron": "61 * * * *"], "x-homie.schedule.cron is wrong: 61 is not a minute (0 to 59)"),
        (["cron": "@daily", "zone": "../etc"], "x-homie.schedule.zone is not the name of a time zone"),
        (["zone": "UTC"], "x-homie.schedule.zone says nothing without 'cron'"),
        (["exec": "x", "run": "y"], "x-homie.schedule.exec contradicts 'run'"),
        (["run": []], "x-homie.schedule.run is neither a command line nor a list of words"),
        (["on": "job.failed"], "x-homie.schedule.on cannot be an event of a job"),
        (["on": "Container Died"], "x-homie.schedule.on 'Container Died' is not an event's name"),
        (["on": ["event": "x.y", "srvice": "z"]], "x-homie.schedule.on has no key 'srvice'"),
        (["missed": "never"], "x-homie.schedule.missed is not one of skip, once, all"),
        (["timeout": "soon"], "x-homie.schedule.timeout is not a time it can be"),
        (["timeout": "0s"], "x-homie.schedule.timeout is not a time it can be"),
        (["retries": -1], "x-homie.schedule.retries is not a number from 0 to 100"),
        (["needs": ["memory": "much"]], "x-homie.schedule.needs.memory is not a size"),
        (["needs": ["memory": "-99999999999g"]], "x-homie.schedule.needs.memory is not a size"),
        (["needs": ["memory": "-9223372036854775808k"]], "x-homie.schedule.needs.memory is not a size"),
        (["needs": ["memory": -1]], "x-homie.schedule.needs.memory is not a size"),
        (["timeout": -9_300_000_000], "x-homie.schedule.timeout is not a time it can be"),
        (
            ["timeout": .string(String(repeating: "4294967295d", count: 26_000))],
            "x-homie.schedule.timeout is not a time it can be"
        ),
        (["after": "other"], "job 'db' comes after 'other', which is no job of this stack"),
        (["after": "db"], "job 'db' comes after itself"),
        (["healthy": "cache"], "job 'db' waits for the health of 'cache', which is no service of this stack"),
        ([["cron": "@daily"], ["cron": "@hourly"]], "x-homie.schedule[0].name is missing"),
        (
            [["name": "a", "cron": "@daily"], ["name": "a"]], "x-homie.schedule has a job 'a', and service 'db' has one"
        ),
        (7, "x-homie.schedule is neither a cron expression, a block nor a list of blocks"),
    ]

    @Test(arguments: wrong)
    func `what cannot be is refused with its place`(schedule: JSONValue, message: String) throws {
        #expect {
            try jobs(schedule)
        } throws: { error in
            guard let error = error as? ScheduleError else { return false }
            #expect(error.summary.hasPrefix("shop/db: \(message)"), "\(error.summary)")
            return error.kind == .usage
        }
    }

    @Test func `jobs that follow one another in a circle are refused`() throws {
        let circle = try stack([
            "a": ["after": "b"], "b": ["after": "c"], "c": ["after": "a"],
        ])
        #expect(throws: ScheduleError.self) { try ScheduleReader.jobs(of: circle) }
        let line = try stack(["a": ["after": ["b", "c"]], "b": ["after": "c"], "c": ["cron": "@daily"]])
        #expect(try ScheduleReader.jobs(of: line).count == 3)
    }

    @Test func `a job of the API is a block with its service`() throws {
        let name = try JobName(parsing: "shop/dump")
        let job = try ScheduleReader.job(name, from: ["service": "db", "exec": ["pg_dump"], "cron": "@daily"])
        #expect(job.action == .execute(try ServiceName(parsing: "db"), command: ["pg_dump"]))
        #expect(throws: ScheduleError.self) { try ScheduleReader.job(name, from: ["exec": ["pg_dump"]]) }
        #expect(throws: ScheduleError.self) { try ScheduleReader.job(name, from: ["service": "db", "name": "other"]) }
    }

    @Test func `an event starts what its filter lets through, and no event of a job starts one`() throws {
        let job = try JobName(parsing: "shop/dump")
        func event(_ kind: String, _ stack: String?, _ service: String? = nil) throws -> EventRecord {
            EventRecord(
                id: 1,
                at: Timestamp(nanoseconds: 0),
                kind: kind,
                message: "",
                stack: try stack.map { try StackName(parsing: $0) },
                service: try service.map { try ServiceName(parsing: $0) }
            )
        }
        let died = JobEventFilter(kind: "container.died")
        #expect(died.accepts(try event("container.died", "shop"), for: job))
        #expect(!died.accepts(try event("container.died", "blog"), for: job))
        #expect(!died.accepts(try event("container.died.twice", "shop"), for: job))
        #expect(JobEventFilter(kind: "container.*").accepts(try event("container.started", "shop"), for: job))
        #expect(JobEventFilter(kind: "disk.*").accepts(try event("disk.filling", nil), for: job))
        #expect(JobEventFilter(kind: "x.y", isOfAnyStack: true).accepts(try event("x.y", "blog"), for: job))
        let hook = JobEventFilter(kind: JobEventFilter.webhook)
        #expect(hook.accepts(try event("hook.received", "shop"), for: job))
        #expect(!hook.accepts(try event("hook.received", "blog"), for: job))
        // It has run the job that it names already.
        #expect(!hook.accepts(try event("hook.received", nil), for: job))
        #expect(!hook.accepts(try event("webhook", "shop"), for: job))
        let web = JobEventFilter(kind: "x.y", service: try ServiceName(parsing: "web"))
        #expect(!web.accepts(try event("x.y", "shop", "db"), for: job))
        #expect(!JobEventFilter(kind: "job.*").accepts(try event("job.failed", "shop"), for: job))
    }

    @Test func `a length of time of very many parts is refused, not added up`() {
        let text = String(repeating: "4294967295d", count: 30_000)
        #expect(throws: ScheduleError.self) { try jobs(["cron": "@daily", "timeout": .string(text)]) }
    }
}
