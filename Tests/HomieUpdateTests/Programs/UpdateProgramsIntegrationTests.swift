import Foundation
import HomieBundle
import HomieModel
import HomiePlanning
import HomieProcess
import HomieUpdate
import Testing

@Suite(.enabled(if: RaucUnderTest.isExpected, RaucUnderTest.reason), .serialized)
struct UpdateProgramsIntegrationTests {
    @Test("an update over HTTP: checked, fetched, installed, started, judged, confirmed")
    func goodUpdate() async throws {
        let device = try await Appliance()
        let bundle = try device.daemon.bundle("new", version: "1.1.0", image: device.image)
        let servers = try await device.serve(bundle, version: "1.1.0")

        let check = try await device.run("homie-update", "check", "--json")
        #expect(check.text.contains("\"decision\": \"wait\""), "the day of delay")
        servers.bundle.set { $0.cutsAfter = 400_000 }
        try await device.run("homie-update", "install", "1.1.0")
        let pending = try #require(try device.state.pending)
        #expect(pending.slot == "B" && pending.isWritten && pending.version.text == "1.1.0")
        #expect(pending.baseline?.working.map(\.description) == ["shop/db", "shop/web"])
        #expect(try device.daemon.environment()["ORDER"] == "B A")
        #expect(try FileManager.default.contentsOfDirectory(atPath: device.daemon.path("state/bundles")).isEmpty)

        device.giveTime(seconds: 30)
        device.supervisor.set("web", .starting)
        try await device.boot("B", version: "1.1.0")
        try device.daemon.setEnvironment("B_TRY=1")
        let supervisor = device.supervisor
        let recovery = Task {
            try await Task.sleep(for: .milliseconds(700))
            supervisor.set("web", .healthy)
        }
        try await device.run("homie-confirm-boot", "--interval", "50")
        try await recovery.value
        #expect(try device.state.pending == nil)
        #expect(try device.state.history.map(\.outcome) == [.confirmed])
        #expect(try device.daemon.environment()["B_TRY"] == "0")
        let status = try await device.run("homie-update", "status")
        #expect(status.text.contains("1.1.0 confirmed"), "\(status.text)")
        #expect(device.report?.state == .installed)
        #expect(device.report?.version?.text == "1.1.0")
    }

    @Test func `a delta takes the place of the bundle, and the bundle that of a delta that does not fit`() async throws
    {
        let device = try await Appliance()
        // What cannot be compressed: of anything else so little is left in a bundle that a delta takes it along whole.
        var state: UInt64 = 1
        let content = Data(
            (0..<(1 << 20)).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 56)
            }
        )
        let old = try device.daemon.bundle("old", version: "1.0.0", image: content)
        let image = content + Data(repeating: 7, count: 8192)
        let new = try device.daemon.bundle("new", version: "1.1.0", image: image)
        let path = device.daemon.path("d.delta")
        _ = try await DeltaMaker().make(from: old.path, to: new.path, output: path)
        let delta = try RangeServer(.init(body: Array(try Data(contentsOf: URL(fileURLWithPath: path)))))
        var reference = DeltaReference(
            from: try SystemVersion(parsing: "1.0.0"),
            file: try await SignedIndex().reference(to: path, url: delta.url)
        )
        reference.file.url = delta.url
        let servers = try await device.serve(new, version: "1.1.0", deltas: [reference])

        // The slot that runs holds what the delta was made from.
        try content.write(to: device.daemon.slotFile(0))
        try await device.run("homie-update", "install", "1.1.0")
        #expect(servers.bundle.requests.isEmpty)
        #expect(!delta.requests.isEmpty)
        #expect(try Data(contentsOf: device.daemon.slotFile(1)).prefix(image.count) == image)
        #expect(try FileManager.default.contentsOfDirectory(atPath: device.daemon.path("state/bundles")).isEmpty)

        // Another system: the installed bundle is called off first.
        try await device.run("homie-update", "rollback")
        try Data(repeating: 9, count: image.count).write(to: device.daemon.slotFile(0))
        let said = try await device.run("homie-update", "install", "1.1.0").complaintText
        #expect(said.contains("the delta from version 1.0.0 is of no use"), "\(said)")
        #expect(!servers.bundle.requests.isEmpty)
        #expect(try device.state.pending?.version.text == "1.1.0")
    }

    @Test func `what RAUC cannot stream is fetched as a whole, and without being tried where that is not wanted`()
        async throws
    {
        let device = try await Appliance()
        let bundle = try device.daemon.bundle("new", version: "1.1.0", image: device.image)
        let servers = try await device.serve(bundle, version: "1.1.0")
        // RAUC, which asks first, gives up.
        servers.bundle.set { $0.statuses = [404] }
        let said = try await device.run("homie-update", "install").complaintText
        #expect(said.contains("it is fetched as a whole, as it cannot be streamed"), "\(said)")
        #expect(servers.bundle.requests.map { $0.fields["user-agent"] == "homie-update" }.suffix(2) == [false, true])
        #expect(try device.state.pending?.version.text == "1.1.0")
        #expect(try device.state.history.isEmpty)

        try await device.run("homie-update", "rollback")
        device.configure("HOMIE_UPDATE_STREAMING", "no")
        let before = servers.bundle.requests.count
        try await device.run("homie-update", "install")
        let requests = servers.bundle.requests.dropFirst(before)
        #expect(!requests.isEmpty && requests.allSatisfy { $0.fields["user-agent"] == "homie-update" })
        #expect(try device.state.pending?.version.text == "1.1.0")
    }

    @Test("a system in which a service that worked is broken is marked bad, with the cause where a person looks")
    func badService() async throws {
        let device = try await Appliance()
        let bundle = try device.daemon.bundle("bad", version: "1.1.0", image: device.image)
        try await device.run("homie-update", "install", bundle.path)
        device.supervisor.set("web", .unhealthy)
        try await device.boot("B", version: "1.1.0")
        device.giveTime(seconds: 2)
        try device.replace("journalctl", "echo 'homied: web does not answer'")
        // Nobody can restart this device: the bus has no systemd.
        try await device.run("homie-confirm-boot", "--interval", "50", expecting: 7)
        let record = try #require(try device.state.history.last)
        #expect(
            record.outcome == .rolledBack
                && record.cause?.contains("'shop/web' worked before, and is unhealthy") == true
        )
        #expect(record.cause?.contains("broken") == false)
        #expect(record.detail == "homied: web does not answer\n")
        #expect(try device.daemon.environment()["B_OK"] == "0")
        #expect(try device.state.failed.map(\.text) == ["1.1.0"])
    }

    @Test("a system in which homied falls over again and again is not kept, though homied answers whenever it is asked")
    func restartedSupervisor() async throws {
        let device = try await Appliance()
        let bundle = try device.daemon.bundle("hangs", version: "1.1.0", image: device.image)
        try await device.run("homie-update", "install", bundle.path)
        // Once more each time that it is looked at.
        try device.replace(
            "systemctl",
            "echo x >>'\(device.daemon.path("looks"))'; wc -l <'\(device.daemon.path("looks"))'"
        )
        try await device.boot("B", version: "1.1.0")
        device.giveTime(seconds: 3)
        try await device.run("homie-confirm-boot", "--interval", "50", expecting: 7)
        let record = try #require(try device.state.history.last)
        #expect(record.outcome == .rolledBack)
        #expect(
            record.cause?.contains("homied fell over, or did not feed its watchdog") == true,
            "\(record.cause ?? "")"
        )
        #expect(try device.daemon.environment()["B_OK"] == "0")
    }

    @Test("a system that did not come up is told by the one that did")
    func fellBack() async throws {
        let device = try await Appliance()
        let bundle = try device.daemon.bundle("panic", version: "1.1.0", image: device.image)
        try await device.run("homie-update", "install", bundle.path)
        var state = try device.state
        state.pending?.bootID = "another-boot"
        try device.save(state)
        device.giveTime(seconds: 30)
        // The boot before this one was the bad system's.
        let journal = """
            case "$*" in
                *--boot=-1*--output=json*) echo '{"_BOOT_ID":"badboot","MESSAGE":"x"}' ;;
                *--boot=-1*) echo 'kernel: the watchdog bites' ;;
                *) echo 'the good system' ;;
            esac
            """
        try device.replace("journalctl", journal)
        try await device.run("homie-confirm-boot", "--interval", "50")
        let record = try #require(try device.state.history.last)
        #expect(record.outcome == .rolledBack && record.cause?.contains("did not come up") == true)
        #expect(record.detail == "kernel: the watchdog bites\n")
        // One that died before it wrote a line has nothing to say, and the good system's words are not its own.
        try device.replace("journalctl", journal.replacingOccurrences(of: "badboot", with: "anotherboot"))
        try device.save(state)
        try await device.run("homie-confirm-boot", "--interval", "50")
        #expect(try device.state.history.last?.outcome == .rolledBack)
        #expect(try device.state.history.last?.detail == nil)
        #expect(try device.daemon.environment()["A_OK"] == "1")
    }

    @Test("an ordinary start is confirmed with whatever services there are, and never restarted")
    func ordinary() async throws {
        let device = try await Appliance()
        device.giveTime(seconds: 30)
        try device.daemon.setEnvironment("A_TRY=1")
        device.supervisor.set("web", .failed)
        try await device.run("homie-confirm-boot", "--interval", "50")
        #expect(try device.daemon.environment()["A_TRY"] == "0")
        #expect(try device.state.history.isEmpty)
    }

    @Test("refusals come before anything is touched, each with its exit code and a remedy")
    func refusals() async throws {
        let device = try await Appliance()
        let before = try device.daemon.environment()
        let other = try device.daemon.bundle("other", version: "2.0.0", compatible: "homie-other", image: device.image)
        let old = try device.daemon.bundle("old", version: "0.9.0", image: device.image)
        let good = try device.daemon.bundle("good", version: "1.1.0", image: device.image)
        let stranger = try SigningParty(name: "stranger", in: device.daemon.directory)
        let foreign = try device.daemon.bundle("foreign", version: "3.0.0", signer: stranger, image: device.image)
        let slot = try Data(contentsOf: device.daemon.slotFile(1))
        let large = try device.daemon.bundle("large", version: "4.0.0", image: device.image + Data(count: slot.count))
        for (bundle, code) in [(other, 5), (old, 4), (foreign, 5), (large, 1)] as [(URL, Int32)] {
            let result = try await device.run("homie-update", "install", bundle.path, expecting: code)
            #expect(result.complaintText.contains("error: ") && result.complaintText.contains("hint: "))
            #expect(device.report?.state == .failed)
            #expect(result.complaintText.contains(device.report?.message ?? "no report"))
            #expect(result.complaintText.contains("image larger than its slot") == (bundle == large))
        }
        #expect(try Data(contentsOf: device.daemon.slotFile(1)) == slot)
        #expect(try device.state.history.isEmpty)
        let locks = URL(fileURLWithPath: device.daemon.path("locks"))
        try FileManager.default.createDirectory(at: locks, withIntermediateDirectories: true)
        try Data("recording\n".utf8).write(to: locks.appendingPathComponent("media:recorder"))
        let locked = try await device.run("homie-update", "install", good.path, expecting: 5)
        #expect(locked.complaintText.contains("'media/recorder' holds an update lock (recording)"))
        #expect(try device.daemon.environment() == before)
        #expect(try device.state.pending == nil)
        try await device.run("homie-update", "install", good.path, "--ignore-locks", "--dry-run")
        #expect(try device.daemon.environment() == before)
        try await device.run("homie-update", "install", old.path, "--ignore-locks", "--allow-downgrade")
    }

    @Test("a pending update can be called off")
    func calledOff() async throws {
        let device = try await Appliance()
        let bundle = try device.daemon.bundle("new", version: "1.1.0", image: device.image)
        try await device.run("homie-update", "install", bundle.path)
        let result = try await device.run("homie-update", "rollback", "--json")
        #expect(result.text.contains("\"next\": \"A\"") && result.text.contains("\"calledOff\": \"1.1.0\""))
        #expect(try device.daemon.environment()["ORDER"] == "A B")
        #expect(try device.state.pending == nil)
    }

    @Test func `a version that somebody went back from does not come again by itself, but when asked for`() async throws
    {
        let device = try await Appliance()
        let bundle = try device.daemon.bundle("new", version: "1.1.0", image: device.image)
        try await device.run("homie-update", "install", bundle.path)
        device.giveTime(seconds: 30)
        try await device.boot("B", version: "1.1.0")
        try await device.run("homie-confirm-boot", "--interval", "10")
        try await device.run("homie-update", "rollback", "--dry-run")
        #expect(try device.state.history.map(\.outcome) == [.confirmed])
        try await device.run("homie-update", "rollback")
        #expect(try device.state.history.map(\.outcome) == [.confirmed, .rolledBack])
        #expect(try device.state.history.last?.cause == "somebody asked for it")
        try await device.boot("A", version: "1.0.0")
        let servers = try await device.serve(bundle, version: "1.1.0")
        var state = try device.state
        state.firstSeen["1.1.0"] = Timestamp(nanoseconds: Surroundings.now.nanoseconds - 90_000_000_000_000)
        try device.save(state)
        let said = try await device.run("homie-update", "install", "--automatic").text
        #expect(said.contains("version 1.1.0 was tried here and rolled back"), "\(said)")
        #expect(servers.bundle.requests.isEmpty)
        try await device.run("homie-update", "install", "1.1.0")
        #expect(try device.state.pending?.version.text == "1.1.0")
    }

    @Test("an automatic run waits quietly until a version has been known for a day, and a forged index is refused")
    func automatic() async throws {
        let device = try await Appliance()
        let bundle = try device.daemon.bundle("new", version: "1.1.0", image: device.image)
        let servers = try await device.serve(bundle, version: "1.1.0")
        try await device.run("homie-update", "install", "--automatic")
        #expect(try device.state.pending == nil)
        #expect(servers.bundle.requests.isEmpty)
        var state = try device.state
        state.firstSeen["1.1.0"] = Timestamp(nanoseconds: Surroundings.now.nanoseconds - 90_000_000_000_000)
        try device.save(state)
        try await device.run("homie-update", "install", "--automatic", "--dry-run")
        servers.index.set { behaviour in
            let middle = behaviour.body.count / 3
            behaviour.body[middle] ^= 1
        }
        try await device.run("homie-update", "install", "--automatic", expecting: 5)
        #expect(try device.state.pending == nil)
    }

    @Test("an index that is older than the last and one that has expired are refused, whoever asks")
    func oldIndex() async throws {
        let device = try await Appliance()
        let bundle = try device.daemon.bundle("new", version: "1.1.0", image: device.image)
        var servers = try await device.serve(bundle, version: "1.1.0")
        try StateDirectory(path: device.daemon.path("state")).prepare()
        try device.save(UpdateState(lastSequence: 2))
        for words in [["check"], ["install"], ["install", "1.1.0"], ["install", "--automatic"]] {
            let run = try await device.run("homie-update", words: words, expecting: 5)
            #expect(run.complaintText.contains("older than one seen before (number 1 after 2)"), "\(words)")
            #expect(run.complaintText.contains("hint: "), "\(words)")
        }
        #expect(try device.state.lastSequence == 2)
        try device.save(UpdateState())
        servers = try await device.serve(bundle, version: "1.1.0", validity: .seconds(1))
        try await Task.sleep(for: .milliseconds(1500))
        let run = try await device.run("homie-update", "install", expecting: 5)
        #expect(run.complaintText.contains("the update index has expired") && run.complaintText.contains("hint: "))
        #expect(servers.bundle.requests.isEmpty)
        // What cannot be believed is not remembered either.
        #expect(try device.state.lastSequence == nil && device.state.firstSeen.isEmpty && device.state.pending == nil)
    }

    @Test("hold, window and rollout keep a version away from the timer; a hold, and nothing else, from a person")
    func kept() async throws {
        let device = try await Appliance()
        let bundle = try device.daemon.bundle("new", version: "1.1.0", image: device.image)
        var servers = try await device.serve(bundle, version: "1.1.0", rollout: 0)
        func automatic() async throws {
            // Known for longer than the delay.
            let seen = Timestamp(nanoseconds: Surroundings.now.nanoseconds - 90_000_000_000_000)
            try device.save(UpdateState(firstSeen: ["1.1.0": seen]))
            try await device.run("homie-update", "install", "--automatic")
            #expect(try device.state.pending == nil)
            #expect(servers.bundle.requests.isEmpty)
        }
        try StateDirectory(path: device.daemon.path("state")).prepare()
        try await automatic()
        servers = try await device.serve(bundle, version: "1.1.0")
        // Six hours from now, whatever the time zone.
        let local = (Surroundings.now.nanoseconds + Surroundings.offset.nanoseconds) / 3_600_000_000_000
        func clock(_ hours: Int64) -> String { String("\((local + hours) % 24 + 100):00".suffix(5)) }
        device.configure("HOMIE_UPDATE_WINDOW", "\(clock(6))-\(clock(7))")
        try await automatic()
        device.configure("HOMIE_UPDATE_WINDOW", "\(clock(0))-\(clock(2))")
        device.configure("HOMIE_UPDATE_HOLD", "holidays")
        try await automatic()
        let held = try await device.run("homie-update", "install", expecting: 5)
        #expect(held.complaintText.contains("updates are on hold (holidays)") && held.complaintText.contains("hint: "))
        #expect(servers.bundle.requests.isEmpty)
        device.configure("HOMIE_UPDATE_WINDOW", "\(clock(6))-\(clock(7))")
        try await device.run("homie-update", "install", "--ignore-hold")
        #expect(try device.state.pending?.version.text == "1.1.0")
    }

    @Test("no server, no daemon, no bus: each is one sentence with its exit code")
    func missing() async throws {
        let device = try await Appliance()
        try await device.run("homie-update", "check", expecting: 2)
        try await device.run("homie-update", "install", expecting: 2)
        // The timer's run must not make a unit fail for want of a server.
        try await device.run("homie-update", "install", "--automatic")
        try device.daemon.killDaemon()
        try await device.run("homie-update", "status", expecting: 7)
        try device.daemon.stopBus()
        try await device.run("homie-update", "status", expecting: 7)
        try await device.run("homie-update", "frobnicate", expecting: 2)
    }
}
