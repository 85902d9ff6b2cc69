import Foundation
import HomieBus
import HomieModel
import Synchronization
import Testing

@Suite(.enabled(if: RaucUnderTest.isExpected, RaucUnderTest.reason), .serialized)
struct RaucIntegrationTests {
    private let image = Data((0..<(2 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ ($0 >> 9)) })

    private func daemon() async throws -> RaucDaemon {
        try #require(RaucUnderTest.missing.isEmpty, "HOMIE_TEST_REQUIRE_RAUC is set, and these are missing")
        let daemon = try RaucDaemon()
        try await daemon.start()
        return daemon
    }

    private func install(_ bundle: String, on daemon: RaucDaemon) async throws -> [RaucProgress] {
        let progress = Mutex<[RaucProgress]>([])
        let lock = try InstallLock(path: daemon.lockPath)
        try await daemon.client().install(bundle: bundle, lock: lock) { step in progress.withLock { $0.append(step) } }
        return progress.withLock { $0 }
    }

    /// Expects the install to fail for this cause, and the running system to be the one that is started next.
    private func expectFailure(_ cause: RaucError.Cause, installing bundle: String, on daemon: RaucDaemon) async throws
    {
        let error = await #expect(throws: RaucError.self) { try await install(bundle, on: daemon) }
        guard case .installFailed(bundle, let found, let message)? = error else {
            throw Command.Failure(description: "unexpected: \(String(describing: error))")
        }
        #expect(found == cause, "\(message)")
        #expect(error?.hint != nil)
        let client = try await daemon.client()
        #expect(try await client.primary() == "rootfs.0")
        #expect(try daemon.environment()["ORDER"]?.hasPrefix("A") == true)
    }

    @Test("a good bundle is written into the other slot, which is started next")
    func goodInstall() async throws {
        let daemon = try await daemon()
        let bundle = try daemon.bundle("good", image: image)
        let client = try await daemon.client()
        let before = try await client.slots()
        #expect(before.map(\.name) == ["rootfs.0", "rootfs.1"])
        #expect(before.map(\.state) == [.booted, .inactive])
        #expect(before.map(\.bootName) == ["A", "B"])
        #expect(try await client.primary() == "rootfs.0")
        let read = try await client.inspect(bundle: bundle.path)
        #expect(read.compatible == "homie-test" && read.version == "1.1.0")

        let progress = try await install(bundle.path, on: daemon)

        #expect(progress.last?.percentage == 100)
        #expect(progress.map(\.percentage) == progress.map(\.percentage).sorted())
        #expect(try Data(contentsOf: daemon.slotFile(1)).prefix(image.count) == image)
        #expect(try await client.primary() == "rootfs.1")
        let slot = try #require(try await client.slots().last)
        #expect(slot.bundleVersion == "1.1.0" && slot.installStatus == "ok")
        let environment = try daemon.environment()
        #expect(environment["ORDER"] == "B A" && environment["B_OK"] == "1" && environment["B_TRY"] == "0")
    }

    @Test func `a daemon that cannot be told which manifest is meant installs without`() async throws {
        let daemon = try await daemon()
        let client = try await daemon.client()
        let bundle = try daemon.bundle("new", image: image)
        let hash = try await client.inspect(bundle: bundle.path).manifestHash
        let lock = try InstallLock(path: daemon.lockPath)
        // One that can (RAUC 1.14) is told what is so.
        let options = RaucInstallOptions(requiredManifestHash: hash ?? String(repeating: "0", count: 64))
        try await client.install(bundle: bundle.path, options: options, lock: lock) { _ in }
        let slot = try #require(try await client.slots().first { $0.bootName == "B" })
        #expect(slot.bundleVersion == "1.1.0")
        #expect(slot.bundleHash == hash)
    }

    @Test("marking slots good, bad and active reaches the boot loader's environment")
    func marks() async throws {
        let daemon = try await daemon()
        let client = try await daemon.client()
        #expect(try await client.mark(.bad, .other) == "rootfs.1")
        #expect(try daemon.environment()["B_OK"] == "0")
        #expect(try await client.slots().map(\.isBootable) == [true, false])
        #expect(try await client.mark(.active, .named("rootfs.1")) == "rootfs.1")
        #expect(try daemon.environment()["ORDER"] == "B A")
        #expect(try await client.mark(.good, .booted) == "rootfs.0")
        let overview = try await client.overview()
        #expect(overview.operation == "idle" && overview.compatible == "homie-test" && overview.bootSlot == "A")
    }

    @Test("a trial boot has no primary slot, and that is no error")
    func trialBoot() async throws {
        let daemon = try await daemon()
        try daemon.setEnvironment("A_TRY=1", "B_OK=0")
        #expect(try await daemon.client().primary() == nil)
    }

    @Test("a bundle signed by somebody else is refused")
    func untrustedSigner() async throws {
        let daemon = try await daemon()
        let stranger = try SigningParty(name: "stranger", in: daemon.directory)
        let bundle = try daemon.bundle("stranger", signer: stranger, image: image)
        try await expectFailure(.untrustedSigner, installing: bundle.path, on: daemon)
        let client = try await daemon.client()
        await #expect(throws: RaucError.self) { try await client.inspect(bundle: bundle.path) }
    }

    @Test("a bundle for other hardware is refused")
    func wrongCompatible() async throws {
        let daemon = try await daemon()
        let bundle = try daemon.bundle("other", compatible: "homie-other", image: image)
        try await expectFailure(.wrongCompatible, installing: bundle.path, on: daemon)
    }

    @Test("a truncated bundle is refused")
    func truncated() async throws {
        let daemon = try await daemon()
        let bundle = try daemon.bundle("short", image: image)
        let file = try #require(FileHandle(forUpdatingAtPath: bundle.path))
        try file.truncate(atOffset: file.seekToEnd() / 2)
        try file.close()
        try await expectFailure(.truncated, installing: bundle.path, on: daemon)
    }

    @Test("a bundle that was changed after it was signed is refused")
    func corrupted() async throws {
        let daemon = try await daemon()
        let bundle = try daemon.bundle("changed", image: image)
        let file = try #require(FileHandle(forUpdatingAtPath: bundle.path))
        try file.seek(toOffset: file.seekToEnd() / 3)
        try file.write(contentsOf: Data("changed".utf8))
        try file.close()
        try await expectFailure(.corrupted, installing: bundle.path, on: daemon)
    }

    @Test("a full disk is named as such, and the next install works")
    func diskFull() async throws {
        let daemon = try await daemon()
        let bundle = try daemon.bundle("good", image: image)
        // The slot lies on a file system of 1 MB, sparse, so that it takes the size and not the bytes.
        let slots = daemon.path("slots")
        #expect(mount("tmpfs", slots, "tmpfs", 0, "size=1m") == 0)
        for slot in 0..<2 {
            let file = open(daemon.slotFile(slot).path, O_RDWR | O_CREAT, 0o600)
            #expect(ftruncate(file, off_t(RaucDaemon.slotSize)) == 0)
            close(file)
        }
        try await expectFailure(.diskFull, installing: bundle.path, on: daemon)
        #expect(umount2(slots, 0) == 0)
        _ = try await install(bundle.path, on: daemon)
        #expect(try await daemon.client().primary() == "rootfs.1")
    }

    @Test("a file that is not there is named as such")
    func missingFile() async throws {
        let daemon = try await daemon()
        try await expectFailure(.notFound, installing: daemon.path("none.raucb"), on: daemon)
    }

    @Test("a daemon that is killed in the middle is noticed, and its successor can install")
    func daemonKilled() async throws {
        let daemon = try await daemon()
        let bundle = try daemon.bundle("slow", image: image)
        // A slot that nobody drains: the install hangs in the middle of writing.
        let slot = daemon.slotFile(1).path
        let kept = slot + ".kept"
        try FileManager.default.moveItem(atPath: slot, toPath: kept)
        #expect(mkfifo(slot, 0o600) == 0)
        let reader = open(slot, O_RDONLY | O_NONBLOCK)
        defer { close(reader) }
        let client = try await daemon.client()
        let lockPath = daemon.lockPath
        let running = Task {
            try await client.install(bundle: bundle.path, lock: InstallLock(path: lockPath)) { _ in }
        }
        try await eventually("the install runs") {
            let overview = try await client.overview()
            return overview.operation == "installing" ? true : nil
        }
        try daemon.killDaemon()
        await #expect(throws: RaucError.daemonDied(bundle: bundle.path)) { try await running.value }
        #expect(try daemon.environment()["ORDER"]?.hasPrefix("A") == true)

        try FileManager.default.removeItem(atPath: slot)
        try FileManager.default.moveItem(atPath: kept, toPath: slot)
        try await daemon.startDaemon()
        _ = try await install(bundle.path, on: daemon)
    }

    @Test("two installs at once: the second is refused, and the first is not disturbed")
    func twoAtOnce() async throws {
        let daemon = try await daemon()
        // Large enough to be under way for a while.
        let bundle = try daemon.bundle("good", image: image + Data(count: 6 << 20))
        let lock = try InstallLock(path: daemon.lockPath)
        #expect(throws: RaucError.locked(path: daemon.lockPath)) { try InstallLock(path: daemon.lockPath) }
        #expect(InstallLock.isHeld(path: daemon.lockPath))
        // Somebody else's lock does not keep a second caller away: RAUC itself refuses it, and says so.
        let other = try InstallLock(path: daemon.path("other-lock"))
        let first = try await daemon.client()
        let second = try await daemon.client()
        let outcome = Mutex<RaucError?>(nil)
        async let installed: Void = first.install(bundle: bundle.path, lock: lock) { _ in }
        try await eventually("the second is refused while the first runs") {
            do {
                guard try await second.overview().operation == "installing" else { return nil as Bool? }
                try await second.install(bundle: bundle.path, lock: other) { _ in }
                return nil
            } catch let error as RaucError {
                outcome.withLock { $0 = error }
                return true
            }
        }
        try await installed
        #expect(outcome.withLock { $0 } == .busy)
        #expect(try await daemon.client().primary() == "rootfs.1")
    }

    @Test("a bus that goes away ends calls and streams instead of leaving them waiting")
    func busGone() async throws {
        let daemon = try await daemon()
        let connection = try await BusConnection.open(daemon.address)
        let signals = connection.signals([.ownerChange(of: "org.example.Nobody")])
        let client = RaucClient(bus: connection)
        _ = try await client.overview()
        try daemon.stopBus()
        for await _ in signals {}
        await #expect(throws: BusError.self) { try await client.overview() }
    }

    @Test("nobody on the bus is an error with the service's name")
    func noService() async throws {
        let daemon = try await daemon()
        let connection = try await BusConnection.open(daemon.address)
        let client = RaucClient(bus: connection, name: "org.example.Nobody")
        let error = await #expect(throws: BusError.self) { try await client.slots() }
        guard case .noService("org.example.Nobody", _)? = error else {
            throw Command.Failure(description: String(describing: error))
        }
    }

    @Test("a bus that is not there is an error with its address")
    func noBus() async throws {
        let error = await #expect(throws: BusError.self) {
            _ = try await BusConnection.open(.address("unix:path=/nonexistent/bus"))
        }
        #expect(error?.kind == .unreachable)
    }
}
