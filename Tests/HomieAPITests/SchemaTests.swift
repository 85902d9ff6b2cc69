import HomieAPI
import HomieModel
import Testing

@Suite("Schemas")
struct SchemaTests {
    private func expect(_ value: some Encodable, fits name: String) throws {
        let json = try JSONValue(parsing: JSONText.bytes(value))
        #expect(Schema.reference(name).violations(in: json).isEmpty)
    }

    @Test("every record of the API is as its schema says, full and sparse")
    func records() throws {
        try expect(VersionInformation(version: "1", commit: "abc"), fits: "Version")
        try expect(HealthAnswer(status: "ok"), fits: "Health")
        try expect(try Samples.deployment(), fits: "Deployment")
        try expect(try Samples.deployment(.running), fits: "Deployment")
        let change = PlannedChange(action: "create", object: "service", name: "web", reason: "not there")
        try expect(PlanAnswer(changes: [change]), fits: "Plan")
        try expect(StacksAnswer(stacks: [try Samples.stackStatus()]), fits: "Stacks")
        try expect(ServicesAnswer(services: [try Samples.serviceStatus()]), fits: "Services")
        try expect(ContainersAnswer(containers: [try Samples.container()]), fits: "Containers")
        try expect(RevisionsAnswer(revisions: [try Samples.revision()]), fits: "Revisions")
        let bare = EventRecord(id: 1, at: Samples.at, kind: "daemon.started", message: "homied started")
        try expect(EventsAnswer(events: [try Samples.event(), bare]), fits: "Events")
        try expect(LogEntry(at: nil, channel: .stderr, text: "x"), fits: "LogLine")
        let findings = [
            Finding(check: "engine", level: .ok, message: "answers"),
            Finding(check: "disk", level: .error, message: "full", remedy: "free space"),
        ]
        try expect(FindingsAnswer(findings: findings), fits: "Findings")
        try expect(ApplyRequest(project: ["name": "shop"]), fits: "ApplyRequest")
        try expect(RollbackRequest(revision: 2), fits: "RollbackRequest")
        try expect(RollbackRequest(), fits: "RollbackRequest")
        try expect(AdoptRequest(project: [:]), fits: "AdoptRequest")
        try expect(ProblemDocument(RequestError.bodyMissing), fits: "Problem")
        let violation = SchemaViolation(path: "/a", message: "is missing")
        let problem = ProblemDocument(
            status: 400,
            detail: "d",
            kind: .usage,
            hint: "h",
            causes: ["c"],
            errors: [violation]
        )
        try expect(problem, fits: "Problem")
    }

    @Test("every record of jobs is as its schema says, full and sparse")
    func jobs() throws {
        let name = try JobName(parsing: "shop/dump")
        let bare = JobRunRecord(id: 1, job: name, state: .waiting, cause: "clock", due: Samples.at)
        let full = JobRunRecord(
            id: 2,
            job: name,
            state: .timedOut,
            cause: "asked",
            due: Samples.at,
            startedAt: Samples.at,
            endedAt: Samples.at,
            attempts: 2,
            exitCode: 137,
            reason: "it took longer than its time-out",
            count: 3,
            trace: "0af7651916cd43dd8448eb211c80319c"
        )
        try expect(JobRunsAnswer(runs: [bare, full]), fits: "JobRuns")
        let sparse = JobStatus(
            name: name,
            service: name.job,
            action: .run,
            command: nil,
            triggers: [],
            origin: .compose
        )
        var rich = sparse
        rich.command = ["pg_dump"]
        rich.next = Samples.at
        rich.open = [bare]
        rich.last = full
        rich.totals = ["failed": .init(count: 3, lastAt: Samples.at)]
        rich.problem = "there is no stack 'shop'"
        try expect(JobsAnswer(jobs: [sparse, rich]), fits: "Jobs")
        try expect(JobTimesAnswer(job: name, times: [Samples.at]), fits: "JobTimes")
        try expect(["service": "db", "cron": ["@daily"], "needs": ["cpus": 1]] as JSONValue, fits: "JobRequest")
    }

    @Test("every record of traces is as its schema says, full and sparse")
    func traces() throws {
        let trace = TraceID(drawn: 1, 2)
        let bare = SpanRecord(
            trace: trace,
            span: SpanID(drawn: 1),
            name: "up shop",
            startedAt: Samples.at,
            duration: .seconds(1)
        )
        var full = bare
        full.parent = SpanID(drawn: 9)
        full.outcome = .error
        full.reason = "the disk is full"
        full.attributes = ["homie.stack": "shop", "count": 3]
        full.notes = [.init(at: Samples.at, name: "exception", attributes: ["n": 1])]
        try expect(TraceAnswer(trace: trace, spans: [bare, full]), fits: "Trace")
        let summary = TraceSummary(
            trace: trace,
            name: "up shop",
            startedAt: Samples.at,
            duration: .seconds(2),
            spans: 2,
            hasErrors: true
        )
        try expect(TracesAnswer(traces: [summary]), fits: "Traces")
    }

    @Test("unknown keys, wrong types and missing keys are found with their paths")
    func violations() throws {
        let body = try JSONValue(parsing: #"{"project":[],"options":{"pulls":"yes","fast":true},"x/y":1}"#.utf8)
        let found = Schema.reference("ApplyRequest").violations(in: body)
        #expect(
            found == [
                SchemaViolation(path: "/x~1y", message: "is not a key that is known here"),
                SchemaViolation(path: "/project", message: "is not an object"),
                SchemaViolation(path: "/options/fast", message: "is not a key that is known here"),
                SchemaViolation(path: "/options/pulls", message: "is not true or false"),
            ]
        )
        let missing = Schema.reference("ApplyRequest").violations(in: [:])
        #expect(missing == [SchemaViolation(path: "/project", message: "is missing")])
        let low = Schema.reference("RollbackRequest").violations(in: ["revision": 0])
        #expect(low == [SchemaViolation(path: "/revision", message: "is less than 1")])
        #expect(Schema.reference("RollbackRequest").violations(in: [1, 2]).first?.path == "")
    }

    @Test("a document full of faults is reported briefly")
    func manyViolations() {
        let members = Dictionary(uniqueKeysWithValues: (0..<5000).map { ("k\($0)", JSONValue.null) })
        #expect(Schema.reference("RollbackRequest").violations(in: .object(members)).count == 20)
        let list = JSONValue.array(Array(repeating: .null, count: 5000))
        #expect(Schema.array(.boolean).violations(in: list).count == 20)
    }
}
