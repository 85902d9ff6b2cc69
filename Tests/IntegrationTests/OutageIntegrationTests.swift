import Foundation
import HomieAPI
import HomieModel
import Testing

/// The engine goes away and comes back. HOMIE_TEST_OUTAGE sets for how many seconds.
@Suite(.serialized, .enabled(if: EngineUnderTest.isExpected))
struct OutageIntegrationTests {
    private func project() -> Project {
        var project = Project(name: "outage")
        project.add("db") {
            $0["restart"] = .string("always")
            $0["healthcheck"] = Project.healthcheck
        }
        project.add("web") {
            $0["restart"] = .string("unless-stopped")
            $0["depends_on"] = Project.dependsOn(["db": "service_healthy"])
        }
        return project
    }

    @Test func `an engine that stops for a while, or is killed, comes back to running services`() async throws {
        let engine = try PrivateEngine()
        try await engine.start()
        try engine.take("homie/static:1")
        let daemon = try DaemonProcess(dockerSocket: engine.socket)
        try await daemon.start()
        #expect(try await daemon.up(project()).state == .succeeded)

        try engine.stop()
        let client = daemon.client
        try await eventually("the outage is noticed") { (try? await client.isReady()) == nil ? true : nil }
        let findings = try await client.doctor()
        #expect(findings.contains { $0.check == "engine" && $0.level == .error && $0.remedy != nil })
        // What is asked meanwhile is accepted and done later.
        var more = project()
        more.add("late") { $0["restart"] = .string("always") }
        let late = try await client.apply(more.document, as: try StackName(parsing: "outage"))
        #expect(late.state == .running)
        try await Task.sleep(for: .seconds(EngineUnderTest.rounds("HOMIE_TEST_OUTAGE", default: 4)))
        #expect(daemon.isRunning)
        try await engine.start()
        let status = try await daemon.converged("outage")
        #expect(status.services.map(\.phase) == [.healthy, .running, .running])

        try engine.killHard()
        try await eventually("the kill is noticed") { (try? await client.isReady()) == nil ? true : nil }
        try await engine.start()
        try await daemon.explaining {
            _ = try await eventually("all three run", within: .seconds(30)) {
                try engine.docker("ps", "--quiet").split(separator: "\n").count == 3 ? true : nil
            }
        }
        try await daemon.converged("outage")
        let running = try engine.docker("ps", "--format", "{{.Names}}").split(separator: "\n").sorted()
        #expect(running == ["outage-db-1", "outage-late-1", "outage-web-1"])
        let kinds = try await client.events(EventQuery()).map(\.kind)
        #expect(kinds.filter { $0 == "engine.disconnected" }.count == 2)
        #expect(kinds.filter { $0 == "engine.connected" }.count == 2)
        #expect(try daemon.stop() == 0)
        // A clean end leaves the containers as they are.
        #expect(try engine.docker("ps", "--quiet").split(separator: "\n").count == 3)
        try engine.docker("rm", "--force", "outage-db-1", "outage-late-1", "outage-web-1")
    }
}
