import HomieAPI
import HomieModel
import HomieServer
import HomieSupervisor
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5))) struct `The operating system's endpoints` {
    @Test func `show both slots and why an update was rolled back`() async throws {
        try await RunningServer.with { server in
            let status = try await server.client.system()
            #expect(status.slots.map(\.name) == ["A", "B"])
            #expect(status.history.first?.cause == "'media/web' worked before, and is unhealthy")
            let json = try await server.get("/api/v1/os").json
            #expect(Schema.reference("System").violations(in: json).isEmpty)
        }
    }

    @Test func `begin an install, go back, and restart`() async throws {
        let system = FakeSystem()
        try await RunningServer.with(system: system) { server in
            _ = try await server.client.installSystem(.newest, restarts: false)
            _ = try await server.client.installSystem(try InstallSource(parsing: "/media/x.raucb"), restarts: true)
            _ = try await server.client.rollbackSystem()
            _ = try await server.client.restartSystem()
        }
        #expect(
            system.calls == [
                "install the newest version false", "install /media/x.raucb true", "rollback", "restart",
            ]
        )
    }

    @Test func `refuse what cannot be installed`() async throws {
        try await RunningServer.with { server in
            let answer = try await server.put("/api/v1/os/install", #"{"source":"--help"}"#, method: "POST")
            #expect(answer.status == 400)
            #expect(answer.json["detail"] == "'--help' cannot be installed")
        }
    }

    @Test func `say so where there is no such system`() async throws {
        try await RunningServer.with(system: nil) { server in
            let answer = try await server.get("/api/v1/os")
            #expect(answer.status == 404)
            #expect(answer.json["hint"] == "install the appliance image to have system updates")
        }
    }
}

/// A system that says what it is given and remembers what it was asked.
final class FakeSystem: SystemControl {
    private let asked = Mutex<[String]>([])

    var calls: [String] { asked.withLock { $0 } }

    func status() async throws -> SystemStatus {
        let version = try SystemVersion(parsing: "1.0.1")
        return SystemStatus(
            version: version,
            compatible: try SystemKind(parsing: "homie-test"),
            booted: "B",
            next: "B",
            slots: [
                .init(name: "A", state: .inactive, isBootable: false),
                .init(
                    name: "B",
                    state: .booted,
                    isBootable: true,
                    version: version,
                    installedAt: "2026-11-26T04:00:00Z"
                ),
            ],
            install: InstallReport(
                source: nil,
                state: .running,
                percentage: 40,
                message: "copying",
                startedAt: Timestamp(nanoseconds: 0),
                version: version
            ),
            locks: [UpdateLock(holder: "media/web", reason: "a recording")],
            history: [
                UpdateRecord(
                    version: version,
                    from: nil,
                    source: "/x",
                    at: Timestamp(nanoseconds: 0),
                    outcome: .rolledBack,
                    cause: "'media/web' worked before, and is unhealthy",
                    slot: "A"
                )
            ]
        )
    }

    func install(_ source: InstallSource, restarts: Bool) async throws { note("install \(source) \(restarts)") }
    func rollback() async throws { note("rollback") }
    func restart() async throws { note("restart") }

    private func note(_ call: String) { asked.withLock { $0.append(call) } }
}
