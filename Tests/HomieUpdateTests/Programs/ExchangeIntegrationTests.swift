import Foundation
import HomieModel
import HomieProcess
import HomieUpdate
import Testing

/// What changes between the moment that an install is decided on and the one that it is done.
@Suite(.enabled(if: RaucUnderTest.isExpected, RaucUnderTest.reason), .serialized)
struct ExchangeIntegrationTests {
    @Test func `another bundle than the one that was checked is not started`() async throws {
        let device = try await Appliance()
        let bundle = try device.daemon.bundle("new", version: "1.1.0", image: device.image)
        let other = try device.daemon.bundle("other", version: "1.0.5", image: device.image)
        // Signed as well, and put there after the check.
        device.supervisor.whenAsked {
            try? FileManager.default.removeItem(at: bundle)
            try? FileManager.default.copyItem(at: other, to: bundle)
        }
        let said = try await device.run("homie-update", "install", bundle.path, expecting: 5).complaintText
        #expect(said.contains("was version 1.1.0 when it was checked and 1.0.5 when it was installed"), "\(said)")
        #expect(said.contains("hint: "))
        #expect(try device.state.pending == nil)
        #expect(try device.state.history.map(\.outcome) == [.failed])
        let counters = try device.daemon.environment()
        #expect(counters["ORDER"] == "A B" && counters["B_OK"] == "0")
        #expect(device.report?.state == .failed)
    }

    @Test func `what others write down while a start is judged stays, and an install that they begin is theirs`()
        async throws
    {
        let device = try await Appliance()
        let bundle = try device.daemon.bundle("new", version: "1.1.0", image: device.image)
        try await device.run("homie-update", "install", bundle.path)
        device.giveTime(seconds: 30)
        try await device.boot("B", version: "1.1.0")
        let directory = StateDirectory(path: device.daemon.path("state"))
        func whileJudged(_ change: @escaping @Sendable (inout UpdateState) -> Void) {
            device.supervisor.whenAsked {
                guard var state = try? directory.load() else { return }
                change(&state)
                try? directory.save(state)
            }
        }
        let before = try device.state
        // The timer has looked at the index.
        whileJudged { $0.lastSequence = 7 }
        try await device.run("homie-confirm-boot", "--interval", "10")
        #expect(try device.state.lastSequence == 7)
        #expect(try device.state.history.map(\.outcome) == [.confirmed])
        // Another install has taken its place.
        try device.save(before)
        let later = Timestamp(nanoseconds: 1_900_000_000_000_000_000)
        whileJudged { $0.pending?.installedAt = later }
        try await device.run("homie-confirm-boot", "--interval", "10")
        #expect(try device.state.pending?.installedAt == later)
        #expect(try device.state.history.isEmpty)
    }

    /// Known for longer than the delay.
    private func known(_ device: Appliance) throws {
        try StateDirectory(path: device.daemon.path("state")).prepare()
        let seen = Timestamp(nanoseconds: Surroundings.now.nanoseconds - 90_000_000_000_000)
        try device.save(UpdateState(firstSeen: ["1.1.0": seen]))
    }

    @Test func `a lock that is taken while the timer's run fetches keeps it from installing, and a person's, too`()
        async throws
    {
        let device = try await Appliance()
        device.configure("HOMIE_UPDATE_STREAMING", "no")
        let bundle = try device.daemon.bundle("new", version: "1.1.0", image: device.image)
        let servers = try await device.serve(bundle, version: "1.1.0")
        try known(device)
        let locks = device.daemon.path("locks")
        servers.bundle.set { behaviour in
            behaviour.whenAsked = {
                try? FileManager.default.createDirectory(atPath: locks, withIntermediateDirectories: true)
                _ = FileManager.default.createFile(atPath: locks + "/media:recorder", contents: Data("recording".utf8))
            }
        }
        let said = try await device.run("homie-update", "install", "--automatic").text
        #expect(said.contains("'media/recorder' holds an update lock (recording)"), "\(said)")
        #expect(try device.state.pending == nil && device.state.history.isEmpty)
        #expect(!servers.bundle.requests.isEmpty)
        try FileManager.default.removeItem(atPath: locks + "/media:recorder")
        try FileManager.default.removeItem(atPath: device.daemon.path("state/bundles"))
        let refused = try await device.run("homie-update", "install", "1.1.0", expecting: 5).complaintText
        #expect(refused.contains("'media/recorder' holds an update lock (recording)"), "\(refused)")
        #expect(try device.state.pending == nil)
    }

    @Test func `the timer restarts into what it has installed, once nothing keeps it from that any more`() async throws
    {
        let device = try await Appliance()
        let bundle = try device.daemon.bundle("new", version: "1.1.0", image: device.image)
        device.configure("HOMIE_UPDATE_STREAMING", "no")
        let servers = try await device.serve(bundle, version: "1.1.0")
        defer { withExtendedLifetime(servers) {} }
        try known(device)
        let lock = device.daemon.path("locks") + "/media:recorder"
        try FileManager.default.createDirectory(atPath: device.daemon.path("locks"), withIntermediateDirectories: true)
        // Right before the first byte is written: the recording begins after the last look.
        device.supervisor.whenAsked {
            _ = FileManager.default.createFile(atPath: lock, contents: Data("recording".utf8))
        }
        let said = try await device.run("homie-update", "install", "--automatic", "--reboot").complaintText
        #expect(said.contains("not restarted now: 'media/recorder' holds an update lock (recording)"), "\(said)")
        #expect(try device.state.pending?.restartsByItself == true)
        device.supervisor.whenAsked(nil)
        try await device.run("homie-update", "install", "--automatic", "--reboot")
        // Nobody can restart this device: the bus has no systemd. That it tries is what is to be seen.
        try FileManager.default.removeItem(atPath: lock)
        try await device.run("homie-update", "install", "--automatic", "--reboot", expecting: 7)
        // What a person installed waits for a person.
        var state = try device.state
        state.pending?.restartsByItself = false
        try device.save(state)
        try await device.run("homie-update", "install", "--automatic", "--reboot")
    }
}
