import HomieModel
import HomiePlanning
import Testing

@Suite struct IssuePlannerTests {
    private let now = Timestamp(nanoseconds: 1_790_000_000_000_000_000)

    private func service(_ text: String, _ change: (inout ServiceDefinition) -> Void = { _ in }) throws -> ServiceFacts
    {
        var definition = ServiceDefinition()
        definition.image = "nginx:1.27"
        definition.restart = .always
        definition.resources.memory = ByteCount(bytes: 1 << 28)
        change(&definition)
        return ServiceFacts(
            name: try ServiceName(parsing: text),
            definition: definition,
            phase: .healthy,
            isChecked: true
        )
    }

    private func checkup(
        _ services: [ServiceFacts] = [],
        engine: EngineFacts = EngineFacts(),
        system: SystemReading? = nil,
        history: [DiskSample] = []
    ) throws -> Checkup {
        var definition = StackDefinition(name: try StackName(parsing: "shop"))
        for service in services { definition.services[service.name] = service.definition }
        let stack = StackFacts(definition: definition, revision: 1, services: services)
        return Checkup(now: now, engine: engine, system: system, diskHistory: history, stacks: [stack])
    }

    private func disk(free: Int64, of size: Int64 = 100 << 30) -> SystemReading {
        var reading = SystemReading()
        reading.disks = [
            DiskReading(
                mountPoint: "/var/lib/docker",
                uses: ["engine"],
                size: ByteCount(bytes: size),
                available: ByteCount(bytes: free),
                inodes: 1000,
                freeInodes: 900,
                isReadOnly: false
            )
        ]
        return reading
    }

    @Test func `there are at least 25 checks, each with a name of its own or one it shares on purpose`() throws {
        let names = Set(DeviceCheck.all.map(\.name))
        #expect(names.count >= 25)
        var reading = disk(free: 50 << 30)
        reading.memoryTotal = ByteCount(bytes: 1 << 30)
        reading.memoryAvailable = ByteCount(bytes: 1 << 29)
        reading.nameServers = ["192.0.2.1"]
        reading.doesDNSAnswer = true
        reading.hasDefaultRoute = true
        reading.isClockSynchronised = true
        let well = try checkup([try service("web")], system: reading)
        #expect(IssuePlanner.issues(well).isEmpty)
        #expect(IssuePlanner.findings(well).allSatisfy { $0.level == .ok })
        #expect(IssuePlanner.findings(well).count >= 25)
    }

    @Test func `events that were lost are an issue that says where they are still found`() throws {
        var found = try checkup()
        found.store.droppedEvents = 3
        let issue = try #require(IssuePlanner.issues(found).first { $0.check == "events-lost" })
        #expect(issue.summary == "3 events were lost while the state could not be written")
        #expect(issue.remedy?.command.hasPrefix("journalctl --unit homied") == true)
    }

    @Test func `a service that fails because of another one names it as its cause, and that one's cause after it`()
        throws
    {
        var web = try service("web")
        var database = try service("db")
        var trouble = HealingHistory.Trouble(since: .seconds(1), cause: .crashed(exitCode: 4))
        trouble.blocker = database.name
        web.phase = .failed
        web.trouble = trouble
        web.lastWords = ["cannot reach db"]
        database.phase = .failed
        database.trouble = HealingHistory.Trouble(since: .seconds(1), cause: .diskFull)
        let issues = IssuePlanner.issues(try checkup([web, database], system: disk(free: 0)))
        let found = try #require(issues.first { $0.id == "service:shop:web" })
        #expect(found.causes.map(\.issue) == ["service:shop:db", "disk-space:var-lib-docker"])
        #expect(found.excerpt == ["cannot reach db"])
        #expect(found.remedy?.action == .restart)
        #expect(issues.first { $0.id == "service:shop:db" }?.remedy?.action == .prune)
        #expect(issues.contains { $0.id == "disk-space:var-lib-docker" && $0.severity == .error })
    }

    @Test func `an issue keeps the moment since when it is, and its excerpt`() throws {
        var web = try service("web")
        web.phase = .failed
        web.lastWords = ["boom"]
        let first = IssuePlanner.issues(try checkup([web]))
        var later = try checkup([web])
        later.now = Timestamp(nanoseconds: now.nanoseconds + 3_600_000_000_000)
        later.stacks[0].services[0].lastWords = []
        let known = Dictionary(uniqueKeysWithValues: first.map { ($0.id, $0) })
        let second = IssuePlanner.issues(later, known: known)
        #expect(second.map(\.since) == first.map(\.since))
        #expect(second.first?.excerpt == ["boom"])
    }

    @Test func `a disk that fills names the hour when it is full`() throws {
        // A gibibyte an hour, 20 left.
        let samples = (0..<12).map { step in
            DiskSample(
                at: Timestamp(nanoseconds: now.nanoseconds - Int64(11 - step) * 600_000_000_000),
                mountPoint: "/var/lib/docker",
                available: ByteCount(bytes: (20 << 30) + Int64(11 - step) * (1 << 30) / 6)
            )
        }
        let issues = IssuePlanner.issues(try checkup(system: disk(free: 20 << 30), history: samples))
        let issue = try #require(issues.first { $0.check == "disk-space" })
        #expect(issue.severity == .error)
        let full = Timestamp(nanoseconds: now.nanoseconds + 20 * 3_600_000_000_000).rfc3339.prefix(13)
        #expect(issue.summary.contains("full by \(full)"), "\(issue.summary)")
        let withoutPast = IssuePlanner.issues(try checkup(system: disk(free: 20 << 30)))
        #expect(!withoutPast.contains { $0.check == "disk-space" }, "\(withoutPast.map(\.summary))")
    }

    @Test func `what a file leaves out or opens too wide is found`() throws {
        var bare = try service("bare") {
            $0.image = "nginx"
            $0.restart = .always
            $0.resources.memory = nil
            $0.isPrivileged = true
            $0.environment = ["DB_PASSWORD": "x"]
            $0.mounts = [MountDefinition(kind: .volume, target: "/data")]
            $0.ports = [PortMapping(target: 5432, published: "5432")]
        }
        bare.isChecked = false
        bare.isOpenToAnyone = true
        let other = try service("other") {
            $0.ports = [PortMapping(target: 80, published: "5432", hostAddress: "0.0.0.0")]
        }
        let checks = Set(IssuePlanner.issues(try checkup([bare, other])).map(\.check))
        #expect(
            checks == [
                "healthcheck-missing", "memory-limit-missing", "image-unpinned", "anonymous-volume",
                "secret-in-environment", "exposed-without-sign-in", "port-past-firewall", "privileged", "port-conflict",
            ]
        )
    }

    @Test
    func `a certificate for a day is near its end in its last hours, and of two the one that is shown counts, too`()
        throws
    {
        func issues(own hours: Double, shown: Double? = nil, trouble: String? = nil) throws -> [String] {
            var web = try service("web")
            let lifetime = TimeSpan.seconds(86_400)
            let end = now + .seconds(hours * 3600)
            web.ownCertificate = OwnCertificateFacts(lifetime: lifetime, expires: end, trouble: trouble)
            web.certificateExpires = shown.map { now + .seconds($0 * 3600) }
            return IssuePlanner.issues(try checkup([web])).filter { $0.check.hasSuffix("certificate") }
                .map { "\($0.severity) \($0.id)" }
        }
        #expect(try issues(own: 20, shown: 20) == [])
        #expect(try issues(own: 9) == [])
        #expect(try issues(own: 3) == ["error service-certificate:shop:web"])
        #expect(try issues(own: -1) == ["error service-certificate:shop:web"])
        #expect(try issues(own: 20, trouble: "no paper") == ["error service-certificate:shop:web"])
        // It was renewed, but the service goes on with the old one.
        #expect(try issues(own: 23, shown: 2) == ["error certificate:shop:web"])
        let none = IssuePlanner.findings(try checkup([service("web")]))
        #expect(none.allSatisfy { $0.check != "service-certificate" })
    }

    @Test func `a certificate near its end is told of, days before it is an error`() throws {
        var web = try service("web")
        func found(inDays days: Double) throws -> DeviceIssue? {
            web.certificateExpires = now + .seconds(days * 86_400)
            return IssuePlanner.issues(try checkup([web])).first { $0.id == "certificate:shop:web" }
        }
        #expect(try found(inDays: 20) == nil)
        #expect(try found(inDays: 10)?.severity == .warning)
        #expect(try found(inDays: 2)?.severity == .error)
        #expect(try found(inDays: -1)?.summary.contains("expired on") == true)
    }

    @Test func `data without a backup, and a backup that is overdue, are told of`() throws {
        let database = try service("db") {
            $0.mounts = [MountDefinition(kind: .volume, source: "data", target: "/data")]
        }
        var checkup = try checkup([database])
        checkup.stacks[0].definition.volumes["data"] = VolumeDefinition(name: "shop_data")
        func checks() -> [String] {
            IssuePlanner.issues(checkup).map(\.check).filter { $0.hasPrefix("backup") }
        }
        #expect(checks() == ["backup-missing"])
        let name = try JobName(parsing: "shop/nightly-dump")
        var job = JobStatus(name: name, service: database.name, action: .exec, command: nil, triggers: [], origin: .api)
        checkup.jobs = [job]
        #expect(checks() == [])
        job.totals["succeeded"] = .init(count: 1, lastAt: now + .seconds(-7 * 86_400))
        checkup.jobs = [job]
        #expect(checks() == [])
        job.totals["succeeded"] = .init(count: 1, lastAt: now + .seconds(-9 * 86_400))
        checkup.jobs = [job]
        #expect(checks() == ["backup-overdue"])
        job.totals = ["failed": .init(count: 3, lastAt: now)]
        checkup.jobs = [job]
        #expect(checks() == ["backup-overdue"])
    }

    @Test func `limits that do not fit are found, with what would fit`() throws {
        var web = try service("web") { $0.resources.memory = ByteCount(bytes: 100 << 20) }
        web.usage = ServiceConsumption(memoryPeak: Double(95 << 20), processors: 0.5, throttled: 0.5)
        let issues = IssuePlanner.issues(try checkup([web]))
        #expect(issues.map(\.check) == ["cpu-throttled", "memory-near-limit"])
        #expect(issues.first?.remedy?.command == "cpus: 1.2")
        #expect(issues.last?.remedy?.command == "mem_limit: 105m")
        web.usage = ServiceConsumption(memoryPeak: Double(50 << 20), processors: 0.5, throttled: 0.01)
        #expect(IssuePlanner.issues(try checkup([web])).isEmpty)
    }

    @Test func `a sick device is told as such`() throws {
        var reading = SystemReading()
        reading.memoryStall = 45
        reading.memoryPressure = 50
        reading.temperatures = ["cpu": 91]
        reading.throttling = ["under-voltage"]
        reading.isClockSynchronised = false
        reading.nameServers = ["192.0.2.1"]
        reading.doesDNSAnswer = false
        reading.hasDefaultRoute = false
        reading.isEngineOnSDCard = true
        reading.pendingSystem = "1.2.3"
        reading.isPendingSystemBooted = true
        reading.flash = [FlashReading(device: "mmcblk0", lifeUsed: 11, endOfLife: 3)]
        let issues = IssuePlanner.issues(try checkup(engine: EngineFacts(failure: "it is gone"), system: reading))
        let errors = Set(issues.filter { $0.severity == .error }.map(\.check))
        #expect(
            errors == ["engine", "memory-pressure", "temperature", "throttling", "dns", "network", "flash-wear"]
        )
        #expect(
            Set(issues.map(\.check)).subtracting(errors) == ["clock-sync", "engine-on-sd-card", "system-confirmed"]
        )
    }
}
