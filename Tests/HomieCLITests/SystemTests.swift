import HomieAPI
import HomieModel
import Testing

@testable import homie_cli

@Suite struct `homie os` {
    private static let failed = version("1.0.3").map { bad in
        UpdateRecord(
            version: bad,
            from: version("1.0.1"),
            source: "/x",
            at: Timestamp(nanoseconds: 0),
            outcome: .rolledBack,
            cause: "after 90 s 'media/web' worked before, and is unhealthy",
            detail: "homied: line one\nhomied: line two",
            slot: "A"
        )
    }

    private static func version(_ text: String) -> SystemVersion? { try? SystemVersion(parsing: text) }

    private static func status(_ report: InstallReport? = nil) -> SystemStatus {
        SystemStatus(
            version: version("1.0.1"),
            compatible: try? SystemKind(parsing: "homie-test"),
            booted: "B",
            next: "B",
            slots: [
                .init(name: "A", state: .inactive, isBootable: false, version: version("1.0.3")),
                .init(name: "B", state: .booted, isBootable: true, version: version("1.0.1")),
            ],
            install: report,
            history: [failed].compactMap { $0 }
        )
    }

    private static func report(_ state: InstallReport.State, _ percentage: Int, _ message: String) -> InstallReport {
        InstallReport(
            source: "1.0.4",
            state: state,
            percentage: percentage,
            message: message,
            hint: state == .failed ? "use another bundle" : nil,
            failure: state == .failed ? .refused : nil,
            startedAt: Timestamp(nanoseconds: 1)
        )
    }

    @Test func `shows both slots and the cause of a fall-back`() async throws {
        try await FakeDaemon.serving { _ in
            .json(200, Self.status())
        } _: { daemon in
            let run = await CommandRun("os", "status", daemon: daemon)
            #expect(run.code == 0)
            #expect(run.output.contains("slot A       version 1.0.3, bad\n"))
            #expect(run.output.contains("slot B       version 1.0.1, good, running\n"))
            #expect(
                run.output.contains("version 1.0.3 rolled back at 1970-01-01T00:00:00.000Z: after 90 s ")
            )
            #expect(await CommandRun("os", "--json", daemon: daemon).output.contains("\"booted\": \"B\""))
        }
    }

    @Test(arguments: [true, false, nil])
    func `says of an update only where it is so that homied alone is judged`(compares: Bool?) async throws {
        var status = Self.status()
        status.pending = Self.version("1.0.4").map {
            SystemStatus.Pending(version: $0, slot: "A", isWritten: true, comparesServices: compares)
        }
        try await FakeDaemon.serving { [status] _ in
            .json(200, status)
        } _: { daemon in
            let output = await CommandRun("os", "status", daemon: daemon).output
            #expect(output.contains("version 1.0.4 in slot A, installed\n"))
            #expect(output.contains("homied alone: which services work was not known") == (compares == false))
        }
    }

    @Test func `lists the updates with their evidence`() async throws {
        try await FakeDaemon.serving { _ in
            .json(200, Self.status())
        } _: { daemon in
            let run = await CommandRun("os", "history", "--details", daemon: daemon)
            #expect(run.output.contains("rolled back"))
            #expect(run.output.contains("  homied: line two\n"))
        }
    }

    @Test func `tells a service that a fall-back was its doing`() async throws {
        let media = Samples.name("media")
        let services = ["db", "web"].map { Samples.status($0, stack: media) }
        let stack = Samples.stack(services, name: media)
        try await FakeDaemon.serving { request in
            switch request.line {
            case "GET /stacks": .json(200, StacksAnswer(stacks: [stack]))
            case "GET /os": .json(200, Self.status())
            case "GET /stacks/media/services/web/why", "GET /stacks/media/services/db/why":
                .json(200, EventsAnswer(events: [Samples.event(1, "'web' was started")]))
            default: Samples.problem(.notFound, "there is nothing at \(request.line)")
            }
        } _: { daemon in
            let lines = await CommandRun("why", "web", daemon: daemon).output.split(separator: "\n")
            let fallBack =
                "system 1.0.3 was given up, and 1.0.1 runs again: after 90 s 'media/web' worked before, and is "
            #expect(lines.count == 3)
            #expect(lines[1].hasSuffix(fallBack + "unhealthy"))
            #expect(lines[2].hasSuffix("'web' was started"))
            let json = await CommandRun("why", "web", "--json", daemon: daemon).output
            #expect(json.contains("\"outcome\": \"rolledBack\""))
            // It was over before anything was known of this one, and not because of it.
            #expect(!(await CommandRun("why", "db", daemon: daemon).output.contains("1.0.3")))
        }
    }

    @Test func `tells without a service why this system runs`() async throws {
        try await FakeDaemon.serving { _ in
            .json(200, Self.status())
        } _: { daemon in
            let run = await CommandRun("why", daemon: daemon)
            #expect(run.code == 0)
            #expect(run.output.hasPrefix("the device runs version 1.0.1 from slot B\n"))
            #expect(run.output.contains("system 1.0.3 was given up, and 1.0.1 runs again: after 90 s "))
            #expect(await CommandRun("why", "--stack", "media", daemon: daemon).code == 2)
        }
    }

    @Test func `watches an install to its end`() async throws {
        let looks = Counter()
        try await FakeDaemon.serving { request in
            switch request.line {
            case "POST /os/install":
                #expect(request.body.contains("\"source\":\"1.0.4\""))
                return .json(202, Self.status())
            default:
                switch looks.increment() {
                case 1: return .json(200, Self.status())
                case 2: return .json(200, Self.status(Self.report(.running, 40, "copying")))
                default: return .json(200, Self.status(Self.report(.installed, 100, "version 1.0.4 is in slot A")))
                }
            }
        } _: { daemon in
            let run = await CommandRun("os", "install", "1.0.4", daemon: daemon)
            #expect(run.code == 0)
            #expect(run.errors.contains("40 % copying\n"))
            #expect(run.output == "version 1.0.4 is in slot A; it starts with 'homie os reboot'\n")
        }
    }

    @Test func `fails as the install did, with its remedy`() async throws {
        let looks = Counter()
        try await FakeDaemon.serving { _ in
            let report = looks.increment() < 3 ? nil : Self.report(.failed, 3, "the bundle is of somebody unknown")
            return .json(200, Self.status(report))
        } _: { daemon in
            let run = await CommandRun("os", "install", "/media/x.raucb", daemon: daemon)
            #expect(run.code == 5)
            #expect(run.errors.contains("error: the bundle is of somebody unknown"))
            #expect(run.errors.contains("hint: use another bundle"))
        }
    }

    @Test(arguments: [["reboot"], ["rollback"], ["install", "--reboot"]])
    func `does not restart or go back without being told so`(arguments: [String]) async throws {
        try await FakeDaemon.serving { _ in
            .json(200, Self.status())
        } _: { daemon in
            let run = await CommandRun(["os"] + arguments, daemon: daemon)
            #expect(run.code == 5)
            #expect(daemon.requests.allSatisfy { $0.method == "GET" })
        }
    }

    @Test func `refuses a relative path`() async throws {
        #expect(await CommandRun("os", "install", "x.raucb").code == 2)
    }
}
