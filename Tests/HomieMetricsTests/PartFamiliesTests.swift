import HomieModel
import HomieSupervisor
import Synchronization
import Testing

@testable import HomieMetrics

/// Rollouts, updates, backups, health and issues as `/metrics` shows them.
@Suite struct PartFamiliesTests {
    static let at = Timestamp(nanoseconds: 1_700_000_000_500_000_000)

    /// One of everything.
    struct Parts: RolloutControl, IssueControl, SystemControl {
        let stack: StackName
        let web: ServiceName

        init() throws {
            stack = try StackName(parsing: "shop")
            web = try ServiceName(parsing: "web")
        }

        struct Unused: Error {}

        func rollouts(of stack: StackName?) async throws -> [RolloutStatus] {
            var record = RolloutRecord(
                stack: self.stack,
                service: web,
                strategy: .canary,
                settings: UpdateSettings(),
                fromRevision: 1,
                toRevision: 2,
                digest: "a",
                deployment: nil,
                isRollback: false,
                startedAt: at
            )
            record.state = .monitoring
            record.switchedAt = at
            return [RolloutStatus(record, replicas: 2)]
        }

        func steer(_ service: ServiceName, in stack: StackName, _ action: RolloutAction) async throws -> RolloutStatus {
            throw Unused()
        }

        func update(_ stack: StackName, services: [ServiceName]) async throws -> DeploymentRecord { throw Unused() }

        func imageChecks() async throws -> [ImageCheck] {
            [ImageCheck(stack: stack, service: web, reference: "nginx:1", isNewer: true, checkedAt: at)]
        }

        func lock(_ service: ServiceName, in stack: StackName, reason: String?) async throws {}

        func issues() async -> [DeviceIssue] {
            [DeviceIssue(id: "a", check: "a", severity: .warning, summary: "a", since: at)]
        }

        func openIssues() async -> [DeviceIssue.Severity: Int] { [.warning: 1] }

        func fix(_ issue: String) async throws -> FixReport { throw Unused() }

        func health(of stack: StackName?) async -> [ServiceHealth] {
            [
                ServiceHealth(
                    stack: self.stack,
                    service: web,
                    replica: 1,
                    health: .healthy,
                    check: "it answers",
                    latencyMilliseconds: 2,
                    certificateExpires: at
                )
            ]
        }

        func status() async throws -> SystemStatus {
            let version = try SystemVersion(parsing: "1.2.3")
            let record = UpdateRecord(version: version, from: nil, source: "x", at: at, outcome: .confirmed)
            return SystemStatus(version: version, compatible: nil, booted: "A", isOnTrial: true, history: [record])
        }

        func install(_ source: InstallSource, restarts: Bool) async throws {}
        func rollback() async throws {}
        func restart() async throws {}

        private var at: Timestamp { PartFamiliesTests.at }
    }

    static func exporter() async throws -> MetricsExporter {
        let parts = try Parts()
        let watch = SystemWatch(parts, uptime: { .seconds(1) })
        await watch.ask()
        let name = try JobName(parsing: "shop/backup")
        var job = JobStatus(name: name, service: parts.web, action: .exec, command: nil, triggers: [], origin: .api)
        job.totals["succeeded"] = .init(count: 2, lastAt: at)
        job.totals["failed"] = .init(count: 1, lastAt: at + .seconds(-60))
        job.last = JobRunRecord(id: 4, job: name, state: .skipped, cause: "clock", due: at)
        let jobs = [job]
        return MetricsExporter(
            stacks: { [] },
            jobs: { jobs },
            updates: parts,
            care: parts,
            system: watch,
            registry: MetricRegistry(),
            version: "1",
            wall: { at }
        )
    }

    @Test func `rollouts, updates, backups, jobs, health and issues are there`() async throws {
        let exporter = try await Self.exporter()
        let text = String(decoding: await exporter.exposition(as: .prometheus), as: UTF8.self)
        let service = #"{stack="shop",service="web"}"#
        let replica = #"{stack="shop",service="web",replica="1"}"#
        let job = #"{stack="shop",job="backup"}"#
        for line in [
            #"homie_rollout_state{stack="shop",service="web",state="monitoring"} 1"#,
            #"homie_rollout_state{stack="shop",service="web",state="failed"} 0"#,
            "homie_rollout_new_version_ratio\(service) 1", "homie_rollout_paused\(service) 0",
            "homie_rollout_start_timestamp_seconds\(service) 1700000000.5",
            "homie_image_update_available\(service) 1", "homie_image_check_failed\(service) 0",
            "homie_check_healthy\(replica) 1", "homie_check_latency_seconds\(replica) 0.002",
            "homie_check_certificate_expiry_timestamp_seconds\(replica) 1700000000.5",
            #"homie_issues{severity="warning"} 1"#, #"homie_issues{severity="error"} 0"#,
            #"homie_system_info{version="1.2.3",slot="A",compatible=""} 1"#, "homie_system_on_trial 1",
            #"homie_system_update_timestamp_seconds{outcome="confirmed"} 1700000000.5"#,
            "homie_backup_last_success_timestamp_seconds\(job) 1700000000.5",
            #"homie_job_runs_total{stack="shop",job="backup",state="succeeded"} 2"#,
            #"homie_job_runs_total{stack="shop",job="backup",state="failed"} 1"#,
            // A skip hides neither success nor failure.
            "homie_job_last_run_succeeded\(job) 1",
        ] { #expect(text.contains(line + "\n"), "\(line)") }
    }

    @Test func `the system is asked every five minutes at most, and no scrape waits for it`() async throws {
        let now = Mutex(TimeSpan.seconds(1))
        let system = Counted(parts: try Parts())
        let watch = SystemWatch(system, uptime: { now.withLock { $0 } })
        #expect(await watch.status == nil)
        while await watch.status == nil { await Task.yield() }
        #expect(await watch.status?.booted == "A")
        now.withLock { $0 = .seconds(300) }
        #expect(await watch.status != nil)
        #expect(system.questions.withLock { $0 } == 1)
        now.withLock { $0 = .seconds(301) }
        while system.questions.withLock({ $0 }) == 1 {
            #expect(await watch.status != nil)
            await Task.yield()
        }
    }

    private final class Counted: SystemControl {
        let questions = Mutex(0)
        private let parts: Parts

        init(parts: Parts) { self.parts = parts }

        func status() async throws -> SystemStatus {
            questions.withLock { $0 += 1 }
            return try await parts.status()
        }

        func install(_ source: InstallSource, restarts: Bool) async throws {}
        func rollback() async throws {}
        func restart() async throws {}
    }
}
