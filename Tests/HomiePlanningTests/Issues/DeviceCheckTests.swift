import HomieModel
import HomiePlanning
import Testing

/// Each check on its own: at its limit nothing is said, beyond it the one issue that it is there for.
@Suite struct DeviceCheckTests {
    private static let now = Timestamp(nanoseconds: 1_790_000_000_000_000_000)

    private static func size(_ mebibytes: Int64) -> ByteCount { ByteCount(bytes: mebibytes << 20) }

    private static func disk(freeInodes: Int64 = 900, isReadOnly: Bool = false, uses: [String] = ["engine"])
        -> DiskReading
    {
        DiskReading(
            mountPoint: "/data",
            uses: uses,
            size: size(100_000),
            available: size(90_000),
            inodes: 10_000,
            freeInodes: freeInodes,
            isReadOnly: isReadOnly
        )
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var check: String
        var severity: DeviceIssue.Severity?
        var change: @Sendable (inout SystemReading) -> Void

        init(
            _ check: String,
            _ severity: DeviceIssue.Severity?,
            _ change: @escaping @Sendable (inout SystemReading) -> Void
        ) {
            (self.check, self.severity, self.change) = (check, severity, change)
        }

        var testDescription: String { "\(check): \(severity.map { "\($0)" } ?? "fine")" }
    }

    private static let cases: [Case] = [
        Case("inodes", nil) { $0.disks = [disk(freeInodes: 500)] },
        Case("inodes", .error) { $0.disks = [disk(freeInodes: 499)] },
        Case("disk-read-only", .error) { $0.disks = [disk(isReadOnly: true)] },
        // The appliance's root is meant to be.
        Case("disk-read-only", nil) { $0.disks = [disk(isReadOnly: true, uses: ["system"])] },
        Case("memory", nil) { ($0.memoryTotal, $0.memoryAvailable) = (size(1000), size(80)) },
        Case("memory", .warning) { ($0.memoryTotal, $0.memoryAvailable) = (size(1000), size(79)) },
        Case("memory", .error) { ($0.memoryTotal, $0.memoryAvailable) = (size(1000), size(29)) },
        Case("cpu-pressure", nil) { $0.cpuPressure = 79 },
        Case("cpu-pressure", .warning) { $0.cpuPressure = 80 },
        Case("io-pressure", nil) { ($0.ioPressure, $0.ioStall) = (59, 19) },
        Case("io-pressure", .warning) { ($0.ioPressure, $0.ioStall) = (30, 20) },
        Case("io-pressure", .error) { ($0.ioPressure, $0.ioStall) = (60, 40) },
        Case("swap", nil) { ($0.swapTotal, $0.swapFree) = (size(0), size(0)) },
        Case("swap", nil) { ($0.swapTotal, $0.swapFree) = (size(100), size(10)) },
        Case("swap", .warning) { ($0.swapTotal, $0.swapFree) = (size(100), size(9)) },
        Case("open-files", nil) { ($0.openFiles, $0.mostOpenFiles) = (800, 1000) },
        Case("open-files", .warning) { ($0.openFiles, $0.mostOpenFiles) = (801, 1000) },
        // With a way out over another interface nobody misses the cable.
        Case("link", nil) { ($0.interfacesWithoutLink, $0.hasDefaultRoute) = (["eth0"], true) },
        Case("link", .warning) { ($0.interfacesWithoutLink, $0.hasDefaultRoute) = (["eth0"], false) },
        Case("reboot", nil) { $0.needsReboot = false },
        Case("reboot", .warning) { $0.needsReboot = true },
        Case("system-confirmed", .warning) { ($0.pendingSystem, $0.isPendingSystemBooted) = ("1.2.3", false) },
        Case("own-memory", nil) { $0.ownMemory = size(400) },
        Case("own-memory", .warning) { $0.ownMemory = size(401) },
    ]

    @Test(arguments: cases)
    func `a figure of the device is an issue from its limit on`(_ one: Case) {
        var reading = SystemReading()
        one.change(&reading)
        let found = IssuePlanner.issues(Checkup(now: Self.now, engine: EngineFacts(), system: reading))
            .filter { $0.check == one.check }
        #expect(found.map(\.severity) == (one.severity.map { [$0] } ?? []))
        for issue in found { #expect(issue.remedy?.command.isEmpty == false && !issue.summary.isEmpty) }
    }

    @Test(arguments: [
        (Int64(0), true), (1_700_000_000, true), (1_790_000_000, false), (4_500_000_000, false), (4_700_000_000, true),
    ])
    func `a clock that cannot be right is told as such`(_ seconds: Int64, _ isWrong: Bool) {
        let now = Timestamp(nanoseconds: seconds * 1_000_000_000)
        let issues = IssuePlanner.issues(Checkup(now: now, engine: EngineFacts()))
        #expect(issues.contains { $0.check == "clock" && $0.severity == .error } == isWrong)
    }

    @Test func `an engine that is slow, or stores in a poor way, is told as such`() {
        var facts = EngineFacts()
        (facts.latency, facts.storageDriver) = (.seconds(5), "overlay2")
        #expect(IssuePlanner.issues(Checkup(now: Self.now, engine: facts)).isEmpty)
        (facts.latency, facts.storageDriver) = (.seconds(6), "vfs")
        let issues = IssuePlanner.issues(Checkup(now: Self.now, engine: facts))
        #expect(Set(issues.map(\.check)) == ["engine-speed", "storage-driver"])
    }

    private func stack(_ change: (inout ServiceDefinition) -> Void, _ look: (inout ServiceFacts) -> Void = { _ in })
        throws -> StackFacts
    {
        var definition = ServiceDefinition()
        definition.image = "nginx:1.27"
        definition.restart = .always
        definition.resources.memory = Self.size(256)
        change(&definition)
        let name = try ServiceName(parsing: "web")
        var facts = ServiceFacts(name: name, definition: definition, phase: .healthy, isChecked: true)
        look(&facts)
        var stack = StackDefinition(name: try StackName(parsing: "shop"))
        stack.services[name] = definition
        return StackFacts(definition: stack, revision: 2, services: [facts])
    }

    private func checks(_ stack: StackFacts) -> [String] {
        IssuePlanner.issues(Checkup(now: Self.now, engine: EngineFacts(), stacks: [stack])).map(\.check)
    }

    @Test func `what a file says of logs, restarts and the engine's socket is looked at`() throws {
        #expect(try checks(stack { _ in }).isEmpty)
        #expect(try checks(stack { $0.logging = .init(driver: "json-file", options: ["max-size": "10m"]) }).isEmpty)
        #expect(try checks(stack { $0.logging = .init(driver: "json-file") }) == ["log-unbounded"])
        let socket = MountDefinition(kind: .bind, source: "/var/run/docker.sock", target: "/var/run/docker.sock")
        #expect(try checks(stack { $0.mounts = [socket] }) == ["engine-socket"])
    }

    @Test func `a service that fails again and again is told of with its last words`() throws {
        let stack = try stack({ _ in }) { ($0.isFlapping, $0.lastWords) = (true, ["no such table"]) }
        let issues = IssuePlanner.issues(Checkup(now: Self.now, engine: EngineFacts(), stacks: [stack]))
        #expect(issues.map(\.check) == ["restart-loop"] && issues.first?.excerpt == ["no such table"])
    }

    @Test func `containers that are left over and deployments that failed are told of, with the way out`() throws {
        var stack = try stack { _ in }
        stack.orphans = ["shop-old-1"]
        stack.deployment = DeploymentRecord(
            id: 7,
            stack: stack.definition.name,
            revision: 2,
            kind: .up,
            state: .failed,
            startedAt: Self.now,
            endedAt: Self.now,
            cause: "it was not ready"
        )
        func remedies() -> [String: RemedyAction] {
            let issues = IssuePlanner.issues(Checkup(now: Self.now, engine: EngineFacts(), stacks: [stack]))
            return Dictionary(issues.compactMap { issue in issue.remedy.map { (issue.check, $0.action) } }) { $1 }
        }
        #expect(remedies() == ["orphans": .removeOrphans, "deployment": .byHand])
        stack.lastGoodRevision = 1
        #expect(remedies() == ["orphans": .removeOrphans, "deployment": .rollBack])
        stack.isLeaving = true
        #expect(remedies()["orphans"] == nil)
    }
}
