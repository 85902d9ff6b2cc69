import HomieModel
import HomiePlanning
import Testing

struct UpdatePlannerTests {
    private let start = Timestamp(nanoseconds: 1_795_000_000_000_000_000)

    private func version(_ text: String) throws -> SystemVersion { try SystemVersion(parsing: text) }

    private func release(
        _ text: String,
        minimum: String? = nil,
        rollout: Int = 100,
        channels: [String] = ["stable"],
        compatible: String = "homie-test"
    ) throws -> UpdateRelease {
        UpdateRelease(
            version: try version(text),
            compatible: try SystemKind(parsing: compatible),
            channels: channels,
            bundle: BundleReference(
                url: "\(text).raucb",
                size: ByteCount(bytes: 200_000_000),
                sha256: try ContentDigest(parsing: String(repeating: "0", count: 64))
            ),
            minimumVersion: try minimum.map { try version($0) },
            rollout: try Percentage(rollout),
            published: start
        )
    }

    private func index(_ releases: UpdateRelease..., sequence: Int64 = 5) throws -> UpdateIndex {
        try UpdateIndex(
            sequence: sequence,
            generated: start,
            expires: start + .seconds(30 * 86_400),
            releases: releases
        )
    }

    private func question(at hours: Double = 48) throws -> UpdateQuestion {
        let device = UpdateQuestion.Device(
            identity: "device-7",
            version: try version("1.0.0"),
            compatible: try SystemKind(parsing: "homie-test"),
            freeSpace: ByteCount(bytes: 1_000_000_000)
        )
        return UpdateQuestion(
            device: device,
            firstSeen: ["1.1.0": start, "1.2.0": start],
            now: start + .seconds(hours * 3600)
        )
    }

    @Test("the newest version of the device's channel and kind is installed once it has been known for a day")
    func installs() throws {
        let newest = try release("1.2.0")
        let others = [
            try release("1.1.0"), try release("1.3.0", channels: ["beta"]),
            try release("2.0.0", compatible: "homie-other"),
        ]
        let index = try UpdateIndex(
            sequence: 1,
            generated: start,
            expires: start + .seconds(1e6),
            releases: others + [newest]
        )
        #expect(UpdatePlanner.decide(try question(), index: index) == .install(newest))
        #expect(
            UpdatePlanner.decide(try question(at: 23), index: index)
                == .wait(newest, [.delay(until: start + .seconds(86_400))])
        )
        var asked = try question(at: 1)
        asked.isAsked = true
        #expect(UpdatePlanner.decide(asked, index: index) == .install(newest))
    }

    @Test("a device that is up to date does nothing")
    func upToDate() throws {
        #expect(UpdatePlanner.decide(try question(), index: try index(release("1.0.0"))) == .upToDate(nil))
    }

    @Test("an expired index and one older than the last are refused")
    func replay() throws {
        var question = try question(at: 31 * 24)
        let index = try index(release("1.2.0"))
        #expect(UpdatePlanner.decide(question, index: index) == .refuse(.expiredIndex(at: index.expires)))
        question.now = start + .seconds(172_800)
        question.lastSequence = 6
        #expect(UpdatePlanner.decide(question, index: index) == .refuse(.replayedIndex(sequence: 5, seen: 6)))
        question.lastSequence = 5
        #expect(UpdatePlanner.decide(question, index: index) == .install(index.releases[0]))
    }

    @Test("window, hold, lock and trial are named together, in a stable order")
    func waits() throws {
        var question = try question()
        let window = try MaintenanceWindow(parsing: "02:00-02:01")
        let hold = UpdateQuestion.Hold(reason: "holidays")
        let lock = UpdateLock(holder: "media/recorder", reason: "recording")
        question.policy.window = window
        question.policy.hold = hold
        question.locks = [lock, UpdateLock(holder: "old", until: start)]
        question.device.isOnTrial = true
        let release = try release("1.2.0")
        let opens = window.next(at: question.now, offset: .seconds(0))
        #expect(
            UpdatePlanner.decide(question, index: try index(release))
                == .wait(release, [.trial, .hold(hold), .lock(lock), .window(window, opens: opens)])
        )
        question.isAsked = true
        #expect(
            UpdatePlanner.decide(question, index: try index(release)) == .refuse(.onTrial(question.device.version))
        )
        question.device.isOnTrial = false
        #expect(UpdatePlanner.decide(question, index: try index(release)) == .refuse(.locked(lock)))
        question.locks = []
        #expect(UpdatePlanner.decide(question, index: try index(release)) == .refuse(.held(hold)))
        question.policy.hold?.until = question.now
        #expect(UpdatePlanner.decide(question, index: try index(release)) == .install(release))
    }

    @Test func `a restart by itself waits for what an install waits for, but the delay`() throws {
        var question = try question(at: 1)
        let window = try MaintenanceWindow(parsing: "02:00-02:01")
        let lock = UpdateLock(holder: "media/recorder")
        #expect(UpdatePlanner.reasonsToStay(question).isEmpty)
        let delay = UpdateDecision.Reason.delay(until: start + .seconds(86_400))
        #expect(UpdatePlanner.reasonsToWait(question, for: try release("1.2.0")) == [delay])
        question.locks = [lock]
        question.policy.window = window
        let opens = window.next(at: question.now, offset: .seconds(0))
        #expect(UpdatePlanner.reasonsToStay(question) == [.lock(lock), .window(window, opens: opens)])
    }

    @Test("what failed here before is not tried again by itself, but when asked")
    func failedBefore() throws {
        var question = try question()
        question.failed = [try version("1.2.0")]
        let older = try release("1.1.0")
        let newer = try release("1.2.0")
        #expect(UpdatePlanner.decide(question, index: try index(newer)) == .upToDate(.failedBefore(newer.version)))
        #expect(UpdatePlanner.decide(question, index: try index(newer, older)) == .install(older))
        question.isAsked = true
        #expect(UpdatePlanner.decide(question, index: try index(newer, older)) == .install(newer))
    }

    @Test("a version that needs a newer one first gives way to what can be installed")
    func minimumVersion() throws {
        let far = try release("2.0.0", minimum: "1.1.0")
        let step = try release("1.1.0")
        #expect(UpdatePlanner.decide(try question(), index: try index(far, step)) == .install(step))
        #expect(
            UpdatePlanner.decide(try question(), index: try index(far, step), wanted: far.version)
                == .refuse(.tooOld(far.version, minimum: step.version))
        )
    }

    @Test("what is installed already only waits for the restart")
    func pending() throws {
        var question = try question()
        let release = try release("1.2.0")
        question.device.pending = release.version
        #expect(
            UpdatePlanner.decide(question, index: try index(release)) == .wait(release, [.restart(release.version)])
        )
    }

    @Test("space for the bundle has to be there before anything is fetched")
    func space() throws {
        var question = try question()
        question.device.freeSpace = ByteCount(bytes: 210_000_000)
        #expect(
            UpdatePlanner.decide(question, index: try index(release("1.2.0")))
                == .refuse(.noSpace(needed: ByteCount(bytes: 264_000_000), free: ByteCount(bytes: 210_000_000)))
        )
    }

    @Test func `what is here already, or is streamed, needs no room`() throws {
        let release = try release("1.2.0")
        var kept = try question()
        kept.device.freeSpace = ByteCount(bytes: 0)
        var streams = kept
        kept.device.kept = [release.version]
        #expect(UpdatePlanner.decide(kept, index: try index(release)) == .install(release))
        #expect(UpdatePlanner.shortage(for: release, kept) == nil)
        streams.device.streams = true
        #expect(UpdatePlanner.decide(streams, index: try index(release)) == .install(release))
        // For a whole bundle there is none all the same.
        #expect(UpdatePlanner.shortage(for: release, streams) != nil)
    }

    @Test("a rollout of some percent reaches about that many devices, and never loses one as it grows")
    func rollout() throws {
        let version = try version("1.2.0")
        var counts: [Int] = []
        var reached: Set<Int> = []
        for percent in [0, 1, 10, 50, 99, 100] {
            let now = Set(
                try (0..<5000).filter {
                    UpdatePlanner.isRolledOut(try Percentage(percent), to: "device-\($0)", version: version)
                }
            )
            #expect(reached.isSubset(of: now))
            reached = now
            counts.append(now.count)
            #expect(abs(now.count - percent * 50) < 150, "\(percent) %: \(now.count)")
        }
        #expect(counts.first == 0)
        #expect(counts.last == 5000)
    }

    @Test func `a bundle that nobody asks for must not be what was rolled back here`() throws {
        var question = try question()
        let bad = try version("1.2.0")
        question.failed = [bad]
        func refusal(_ version: SystemVersion) -> UpdateRefusal? {
            UpdatePlanner.refusal(
                of: version,
                compatible: question.device.compatible,
                question,
                allowsDowngrade: false
            )
        }
        #expect(refusal(bad) == .failedBefore(bad))
        #expect(refusal(try version("1.3.0")) == nil)
        question.isAsked = true
        #expect(refusal(bad) == nil)
    }

    @Test("a bundle in hand for another kind of system is refused, and an older one unless it is allowed")
    func inHand() throws {
        let question = try question()
        let other = try SystemKind(parsing: "homie-other")
        let old = try version("0.9")
        #expect(
            UpdatePlanner.refusal(of: try version("2.0"), compatible: other, question, allowsDowngrade: true)
                == .wrongSystem(other, device: question.device.compatible)
        )
        #expect(
            UpdatePlanner.refusal(of: old, compatible: question.device.compatible, question, allowsDowngrade: false)
                == .notNewer(old, running: question.device.version)
        )
        #expect(
            UpdatePlanner.refusal(of: old, compatible: question.device.compatible, question, allowsDowngrade: true)
                == nil
        )
    }
}
