import Foundation
import HomieModel
import HomieTestSupport
import Testing

@testable import HomieBus

/// Whether real Avahi daemons can be run here: as root, in a network of their own.
enum AvahiUnderTest {
    static let programs = ["dbus-daemon", "ip", "nsenter", "unshare"]

    /// Tests fail where the environment was promised, and are skipped, saying so, where it was not.
    static var isExpected: Bool {
        if ProcessInfo.processInfo.environment["HOMIE_TEST_REQUIRE_AVAHI"] == "1" { return true }
        return program != nil && geteuid() == 0 && programs.allSatisfy { RaucUnderTest.path(of: $0) != nil }
    }

    static let reason: Comment = "needs root, and what `scripts/lib/avahi` and `scripts/setup rauc` give"

    static var program: String? { ProcessInfo.processInfo.environment["HOMIE_TEST_AVAHI"] }
}

/// Two devices, each with a real Avahi and a bus, in a network that nobody else is in.
final class AvahiNetwork {
    let directory: URL
    private var network = Process()
    private var buses: [Process] = []
    private var daemons: [Int: Process] = [:]

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "homie-avahi-\(UUID().uuidString.prefix(8))"
        )
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        // Avahi wants an account of this name, whether it becomes it or not.
        let accounts = (try? String(contentsOfFile: "/etc/passwd", encoding: .utf8)) ?? ""
        let groups = (try? String(contentsOfFile: "/etc/group", encoding: .utf8)) ?? ""
        try write("passwd", accounts + "avahi:x:64990:64990::/:/bin/false\n")
        try write("group", groups + "avahi:x:64990:\n")
        for device in 1...2 {
            try write("bus\(device).conf", RaucDaemon.busConfiguration(socket: path("bus\(device)")))
            try write(
                "avahi\(device).conf",
                """
                [server]
                host-name=homie\(device)
                use-ipv6=no
                allow-interfaces=lo
                [publish]
                publish-workstation=no
                publish-hinfo=no
                publish-addresses=\(device == 1 ? "yes" : "no")

                """
            )
        }
    }

    deinit {
        for process in Array(daemons.values) + buses + [network] where process.isRunning {
            kill(process.processIdentifier, SIGKILL)
            _ = try? process.waitUntilEnded()
        }
        try? FileManager.default.removeItem(at: directory)
    }

    var log: String { (try? String(contentsOfFile: path("log"), encoding: .utf8)) ?? "" }
    func bus(_ device: Int) -> BusAddress { .address("unix:path=\(path("bus\(device)"))") }
    private func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

    private func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: directory.appendingPathComponent(name))
    }

    func start() async throws {
        let script =
            "ip link set lo up multicast on && ip route add 224.0.0.0/4 dev lo && : >\"$1/network\" && exec sleep 3600"
        network = try launch("unshare", ["--net", "sh", "-c", script, "sh", directory.path])
        try await eventually("there is a network") {
            try #require(network.isRunning, "\(log)")
            return FileManager.default.fileExists(atPath: path("network")) ? true : nil
        }
        for device in 1...2 {
            buses.append(try launch("dbus-daemon", ["--config-file=\(path("bus\(device).conf"))", "--nofork"]))
            try await eventually("the bus listens") { try? await BusConnection.open(bus(device)) }
            try await startAvahi(device)
        }
    }

    func startAvahi(_ device: Int) async throws {
        let script =
            "mount -t tmpfs none /run && mkdir /run/avahi-daemon && mount --bind \"$1/passwd\" /etc/passwd "
            + "&& mount --bind \"$1/group\" /etc/group "
            + "&& exec \"$2\" --file=\"$1/$3.conf\" --no-drop-root --no-chroot --no-rlimits"
        let avahi = try #require(AvahiUnderTest.program)
        let process = try launch(
            "nsenter",
            [
                "--net=/proc/\(network.processIdentifier)/ns/net", "unshare", "--mount", "sh", "-c", script, "sh",
                directory.path, avahi, "avahi\(device)",
            ],
            ["DBUS_SYSTEM_BUS_ADDRESS": "unix:path=\(path("bus\(device)"))"]
        )
        daemons[device] = process
        let client = AvahiClient(bus: try await BusConnection.open(bus(device)))
        try await eventually("Avahi answers") {
            try #require(process.isRunning, "\(log)")
            return try? await client.state() == .running ? true : nil
        }
    }

    func killAvahi(_ device: Int) throws {
        let process = try #require(daemons[device])
        kill(process.processIdentifier, SIGKILL)
        try process.waitUntilEnded()
    }

    /// The address that the second device finds for a name; nil when nobody answers to it.
    func address(of name: String) async throws -> String? {
        let method = BusMethod(
            destination: AvahiClient.name,
            path: "/",
            interface: AvahiClient.server,
            name: "ResolveHostName"
        )
        let unspecified = BusValue.int32(-1)
        do {
            let answer = try await BusConnection.open(bus(2))
                .call(method, [unspecified, unspecified, .string(name), unspecified, .uint32(0)])
            return answer.count == 6 ? answer[4].text : nil
        } catch BusError.refused(_, "org.freedesktop.Avahi.TimeoutError", _) {
            return nil
        }
    }

    private func launch(
        _ program: String,
        _ arguments: [String],
        _ variables: [String: String] = [:]
    ) throws -> Process {
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
}
