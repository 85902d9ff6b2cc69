import Foundation
import HomieModel
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
        for broken in [Data(), Data(before.prefix(100)), Data(repeating: 0, count: 1024), nil] {
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
