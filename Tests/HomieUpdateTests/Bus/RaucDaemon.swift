import Foundation
import HomieBus
import HomieTestSupport
import Testing

/// A real RAUC daemon on a bus of its own, with two slots in files and a real GRUB environment.
final class RaucDaemon {
    static let slotSize = 8 << 20

    let directory: URL
    let trusted: SigningParty
    private var bus = Process()
    private var rauc = Process()

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "homie-rauc-\(UUID().uuidString.prefix(8))"
        )
        for name in ["mount", "slots"] {
            try FileManager.default.createDirectory(
                at: directory.appendingPathComponent(name),
                withIntermediateDirectories: true
            )
        }
        trusted = try SigningParty(name: "trusted", in: directory)
        try write("bus.conf", Self.busConfiguration(socket: path("bus")))
        try write("system.conf", systemConfiguration)
        for slot in 0..<2 { try Data(count: Self.slotSize).write(to: slotFile(slot)) }
        try Command.run("grub-editenv", path("grubenv"), "create")
        try setEnvironment("ORDER=A B", "A_OK=1", "A_TRY=0", "B_OK=1", "B_TRY=0")
    }

    deinit {
        for process in [rauc, bus] where process.isRunning {
            kill(process.processIdentifier, SIGKILL)
            _ = try? process.waitUntilEnded()
        }
        unmountLeftovers()
        try? FileManager.default.removeItem(at: directory)
    }

    var address: BusAddress { .address("unix:path=\(path("bus"))") }
    var lockPath: String { path("lock") }
    var log: String { (try? String(contentsOfFile: path("log"), encoding: .utf8)) ?? "" }

    func path(_ name: String) -> String { directory.appendingPathComponent(name).path }
    func slotFile(_ index: Int) -> URL { directory.appendingPathComponent("slots/rootfs\(index).img") }

    func start() async throws {
        bus = try launch("dbus-daemon", ["--config-file=\(path("bus.conf"))", "--nofork"], [:])
        // The socket's file is there before anybody listens at it.
        try await eventually("the bus listens") { try? await BusConnection.open(address) }
        try await startDaemon()
    }

    /// Starts the daemon in a system that runs from the slot with this boot name.
    func startDaemon(booted: String = "A") async throws {
        unmountLeftovers()
        rauc = try launch(
            "rauc",
            ["--conf=\(path("system.conf"))", "--override-boot-slot=\(booted)", "service"],
            ["DBUS_STARTER_BUS_TYPE": "session", "DBUS_SESSION_BUS_ADDRESS": "unix:path=\(path("bus"))"]
        )
        let connection = try await BusConnection.open(address)
        try await eventually("RAUC answers") {
            try #require(rauc.isRunning, "\(log)")
            return try? await RaucClient(bus: connection).overview()
        }
    }

    func client() async throws -> RaucClient { RaucClient(bus: try await BusConnection.open(address)) }

    /// SIGKILL: nothing can be tidied up.
    func killDaemon() throws {
        kill(rauc.processIdentifier, SIGKILL)
        try rauc.waitUntilEnded()
    }

    func stopBus() throws {
        kill(bus.processIdentifier, SIGKILL)
        try bus.waitUntilEnded()
    }

    func environment() throws -> [String: String] {
        var values: [String: String] = [:]
        for line in try Command.run("grub-editenv", path("grubenv"), "list").split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2 { values[parts[0]] = parts[1] }
        }
        return values
    }

    func setEnvironment(_ settings: String...) throws {
        for setting in settings { try Command.run("grub-editenv", path("grubenv"), "set", setting) }
    }

    /// A signed bundle of format plain (there is no device mapper here) with one image.
    func bundle(
        _ name: String,
        version: String = "1.1.0",
        compatible: String = "homie-test",
        signer: SigningParty? = nil,
        image: Data
    ) throws -> URL {
        // `rauc bundle` changes what is in the directory: a fresh one for each bundle.
        let content = directory.appendingPathComponent("content-\(name)")
        try FileManager.default.createDirectory(at: content, withIntermediateDirectories: true)
        let manifest = """
            [update]
            compatible=\(compatible)
            version=\(version)

            [bundle]
            format=plain

            [image.rootfs]
            filename=rootfs.img

            """
        try Data(manifest.utf8).write(to: content.appendingPathComponent("manifest.raucm"))
        try image.write(to: content.appendingPathComponent("rootfs.img"))
        let signer = signer ?? trusted
        let bundle = directory.appendingPathComponent("\(name).raucb")
        try Command.run(
            "rauc",
            "--cert=\(signer.certificate)",
            "--key=\(signer.key)",
            "bundle",
            content.path,
            bundle.path
        )
        return bundle
    }

    private func launch(_ program: String, _ arguments: [String], _ variables: [String: String]) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(RaucUnderTest.path(of: program)))
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(variables) { _, ours in ours }
        if !FileManager.default.fileExists(atPath: path("log")) { try write("log", "") }
        let file = try #require(FileHandle(forWritingAtPath: path("log")))
        try file.seekToEnd()
        process.standardOutput = file
        process.standardError = file
        try process.start()
        return process
    }

    /// A killed daemon leaves its bundle mounted, and the loop device that belongs to it.
    private func unmountLeftovers() {
        let mounts = (try? String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)) ?? ""
        for line in mounts.split(separator: "\n").reversed() {
            let fields = line.split(separator: " ")
            guard fields.count > 1, fields[1].hasPrefix(directory.path) else { continue }
            umount2(String(fields[1]), Int32(MNT_DETACH))
        }
        let loops = (try? Command.run("losetup", "--list", "--noheadings", "--output", "NAME,BACK-FILE")) ?? ""
        for line in loops.split(separator: "\n") where line.contains(directory.path) {
            guard let device = line.split(separator: " ").first else { continue }
            _ = try? Command.run("losetup", "--detach", String(device))
        }
    }

    private func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: directory.appendingPathComponent(name))
    }

    private var systemConfiguration: String {
        """
        [system]
        compatible=homie-test
        bootloader=grub
        grubenv=\(path("grubenv"))
        mountprefix=\(path("mount"))
        statusfile=\(path("status.raucs"))
        bundle-formats=plain verity
        max-bundle-download-size=1073741824

        [keyring]
        path=\(trusted.authority)
        check-purpose=codesign

        [slot.rootfs.0]
        device=\(slotFile(0).path)
        type=raw
        bootname=A

        [slot.rootfs.1]
        device=\(slotFile(1).path)
        type=raw
        bootname=B

        """
    }

    static func busConfiguration(socket: String) -> String {
        """
        <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
         "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
        <busconfig>
          <type>session</type>
          <listen>unix:path=\(socket)</listen>
          <auth>EXTERNAL</auth>
          <policy context="default">
            <allow send_destination="*" eavesdrop="true"/>
            <allow eavesdrop="true"/>
            <allow own="*"/>
          </policy>
        </busconfig>

        """
    }
}
