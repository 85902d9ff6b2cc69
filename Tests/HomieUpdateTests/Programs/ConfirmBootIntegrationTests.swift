import Foundation
import HomieModel
import HomiePlanning
import HomieProcess
import HomieUpdate
import Testing

/// What may go wrong while a start is judged, with a real RAUC daemon and a real GRUB environment.
@Suite(.enabled(if: RaucUnderTest.isExpected, RaucUnderTest.reason), .serialized)
struct ConfirmBootIntegrationTests {
    /// systemd does not start it again after this.
    private let settled: Int32 = 6

    @Test func `a start that is no trial is never tried again: with no counters, no RAUC, no bus`() async throws {
        let device = try await Appliance()
        device.giveTime(seconds: 30)
        try Data().write(to: URL(fileURLWithPath: device.daemon.path("grubenv")))
        let said = try await device.run("homie-confirm-boot", "--interval", "10", expecting: settled).complaintText
        #expect(said.contains("good, and the boot loader could not be told"), "\(said)")
        try device.daemon.killDaemon()
        try await device.run("homie-confirm-boot", "--interval", "10", expecting: settled)
        try device.daemon.stopBus()
        try await device.run("homie-confirm-boot", "--interval", "10", expecting: settled)
        #expect(try device.state == UpdateState())
    }

    @Test func `a trial whose slot cannot be marked is tried again`() async throws {
        let device = try await Appliance()
        let bundle = try device.daemon.bundle("new", version: "1.1.0", image: device.image)
        try await device.run("homie-update", "install", bundle.path)
        device.giveTime(seconds: 30)
        try await device.boot("B", version: "1.1.0")
        try Data().write(to: URL(fileURLWithPath: device.daemon.path("grubenv")))
        try await device.run("homie-confirm-boot", "--interval", "10", expecting: 1)
        #expect(try device.state.pending?.version.text == "1.1.0")
        // RAUC's unit has the counters made anew.
        try mend(device.daemon.path("grubenv"), slot: "B")
        try await device.run("homie-confirm-boot", "--interval", "10")
        #expect(try device.state.history.map(\.outcome) == [.confirmed])
    }

    @Test func `an update that nobody could note services for says so when it is installed, judged and looked back at`()
        async throws
    {
        let device = try await Appliance()
        let bundle = try device.daemon.bundle("new", version: "1.1.0", image: device.image)
        device.supervisor.fallSilent(true)
        let installed = try await device.run("homie-update", "install", bundle.path).complaintText
        #expect(installed.contains("homied does not tell which services work"), "\(installed)")
        #expect(installed.contains("only homied itself will be judged"), "\(installed)")
        #expect(device.report?.message.contains("only homied itself will be judged") == true)
        #expect(try device.state.pending?.baseline == nil)
        let status = try await device.run("homie-update", "status").text
        #expect(status.contains("homied alone: which services work was not known"), "\(status)")
        device.supervisor.fallSilent(false)
        device.giveTime(seconds: 30)
        try await device.boot("B", version: "1.1.0")
        let alone = "homied alone is judged, as it was not known which services worked before"
        let judged = try await device.run("homie-confirm-boot", "--interval", "10").complaintText
        #expect(judged.contains(alone), "\(judged)")
        #expect(try device.state.history.map(\.outcome) == [.confirmed])
        #expect(try device.state.history.last?.cause == alone)
    }

    @Test func `what was noted last of the system that runs is made do with while homied does not answer`()
        async throws
    {
        let device = try await Appliance()
        let first = try device.daemon.bundle("first", version: "1.1.0", image: device.image)
        let second = try device.daemon.bundle("second", version: "1.2.0", image: device.image)
        try await device.run("homie-update", "install", first.path)
        let noted = try #require(try device.state.pending?.baseline)
        device.supervisor.fallSilent(true)
        // Nobody can restart this device: the bus has no systemd.
        let said = try await device.run("homie-update", "install", second.path, "--reboot", expecting: 7).complaintText
        let lines = said.split(separator: "\n").filter { $0.contains("compared with what worked at") }
        #expect(lines.count == 2, "at the install and at the restart: \(said)")
        #expect(try device.state.pending?.version.text == "1.2.0")
        #expect(try device.state.pending?.baseline == noted)
    }

    @Test func `a restart in the middle of a trial does not make what the new system broke its measure`() async throws {
        let device = try await brokenTrial()
        try await device.run("homie-update", "reboot", expecting: 7)
        #expect(try device.state.pending?.baseline?.working.map(\.description) == ["shop/db", "shop/web"])
        try await device.run("homie-confirm-boot", "--interval", "10", expecting: 7)
        #expect(try device.state.history.map(\.outcome) == [.rolledBack])
    }

    /// A trial of a system in which a service that worked is broken.
    private func brokenTrial() async throws -> Appliance {
        let device = try await Appliance()
        let bundle = try device.daemon.bundle("bad", version: "1.1.0", image: device.image)
        try await device.run("homie-update", "install", bundle.path)
        device.supervisor.set("web", .unhealthy)
        try await device.boot("B", version: "1.1.0")
        device.giveTime(seconds: 2)
        return device
    }

    @Test func `a bad system that cannot be marked stays on trial`() async throws {
        let device = try await brokenTrial()
        let counters = URL(fileURLWithPath: device.daemon.path("grubenv"))
        let before = try Data(contentsOf: counters)
        try Data().write(to: counters)
        // Nobody can restart this device: the bus has no systemd.
        try await device.run("homie-confirm-boot", "--interval", "10", expecting: 7)
        #expect(try device.state.history.isEmpty)
        #expect(try device.state.pending?.version.text == "1.1.0")
        try before.write(to: counters)
        try await device.run("homie-confirm-boot", "--interval", "10", expecting: 7)
        #expect(try device.state.history.map(\.outcome) == [.rolledBack])
        #expect(try device.daemon.environment()["B_OK"] == "0")
    }

    @Test func `a bad system is not confirmed by the next try when the device could not be restarted`() async throws {
        let device = try await brokenTrial()
        for _ in 1...2 {
            try await device.run("homie-confirm-boot", "--interval", "10", expecting: 7)
            #expect(try device.state.history.map(\.outcome) == [.rolledBack])
            #expect(try device.daemon.environment()["B_OK"] == "0")
        }
    }

    @Test func `a trial is one although RAUC does not tell which slot runs`() async throws {
        let device = try await brokenTrial()
        try device.daemon.killDaemon()
        try await device.run("homie-confirm-boot", "--interval", "10", expecting: 1)
        #expect(try device.state.pending?.version.text == "1.1.0")
        #expect(try device.state.history.isEmpty)
    }

    @Test func `a bad system is kept where the other one is bad, too`() async throws {
        let device = try await brokenTrial()
        try device.daemon.setEnvironment("A_OK=0")
        try await device.run("homie-confirm-boot", "--interval", "10", expecting: settled)
        let record = try #require(try device.state.history.last)
        #expect(record.outcome == .confirmed)
        #expect(record.cause?.hasPrefix("kept, as there is no other system to go back to") == true)
        #expect(try device.daemon.environment()["B_OK"] == "1")
    }

    @Test func `a slip in the settings condemns nothing`() async throws {
        let device = try await Appliance()
        device.giveTime(seconds: 30)
        let file = device.daemon.path("update.conf")
        try Data("widnow = 02:00-03:00\n".utf8).write(to: URL(fileURLWithPath: file))
        try device.daemon.setEnvironment("A_TRY=1")
        let said = try await device.run("homie-confirm-boot", "--config", file, "--interval", "10").complaintText
        #expect(said.contains("the settings are left out: \(file):1: there is no setting 'widnow'"), "\(said)")
        #expect(try device.daemon.environment()["A_TRY"] == "0")
    }

    @Test(.enabled(if: TinyDisk.isPossible, "SKIPPED: this account may not mount a tmpfs"))
    func `a full disk keeps neither the system from before nor a new one from being confirmed`() async throws {
        let device = try await Appliance()
        let disk = try TinyDisk(at: device.daemon.path("state"))
        defer { withExtendedLifetime(disk) {} }
        let bundle = try device.daemon.bundle("new", version: "1.1.0", image: device.image)
        try await device.run("homie-update", "install", bundle.path)
        device.giveTime(seconds: 60)
        try disk.fill()
        try disk.remove("state.spare")
        try disk.fill()
        // The new system has not come up.
        var state = try device.state
        let said = try await confirm(device, bootID: "another-boot", &state, disk)
        #expect(said.contains("could not be written down"), "\(said)")
        #expect(try device.daemon.environment()["A_TRY"] == "0")
        // It has.
        try await device.boot("B", version: "1.1.0")
        try device.daemon.setEnvironment("B_TRY=1")
        try await device.run("homie-confirm-boot", "--interval", "10")
        #expect(try device.daemon.environment()["B_TRY"] == "0")
    }

    /// Confirms as after another start; the disk is as full as before.
    private func confirm(
        _ device: Appliance,
        bootID: String,
        _ state: inout UpdateState,
        _ disk: TinyDisk
    ) async throws -> String {
        try disk.remove("filler")
        state.pending?.bootID = bootID
        try device.save(state)
        try disk.remove("state.spare")
        try disk.fill()
        return try await device.run("homie-confirm-boot", "--interval", "10").complaintText
    }

    @Test(arguments: [("A", "A B"), ("B", "B A")])
    func `counters that a power cut has emptied are made anew, for the slot that runs first`(
        slot: String,
        order: String
    ) async throws {
        let daemon = try RaucDaemon()
        let file = daemon.path("grubenv")
        let before = try Data(contentsOf: URL(fileURLWithPath: file))
        try mend(file, slot: slot)
        #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == before, "what can be read stays")
        try Command.run("grub-editenv", file, "unset", "A_OK")
        let partial = try Data(contentsOf: URL(fileURLWithPath: file))
        for broken in [Data(), Data(before.prefix(100)), Data(repeating: 0, count: 1024), partial, nil] {
            try? FileManager.default.removeItem(atPath: file)
            try broken?.write(to: URL(fileURLWithPath: file))
            try mend(file, slot: slot)
            #expect(
                try daemon.environment() == [
                    "ORDER": order, "A_OK": "1", "A_TRY": "0", "B_OK": "1", "B_TRY": "0",
                ]
            )
            #expect(try Data(contentsOf: URL(fileURLWithPath: file)).count == 1024)
        }
    }

    private func mend(_ file: String, slot: String) throws {
        try Command.run("sh", RepositoryFile.path("image/rootfs/usr/lib/homie/mend-grubenv"), file, slot)
    }
}
