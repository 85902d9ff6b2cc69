import Foundation
import HomieBundle
import HomieModel
import HomieProcess
import HomieUpdate
import Testing

/// A device in miniature: a real RAUC daemon, a homied that says what it is told, and the updater's programs as they
/// ship.
final class Appliance {
    let daemon: RaucDaemon
    let supervisor: FakeSupervisor
    let image = Data((0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 17 ^ ($0 >> 8)) })
    private var environment: [String: String]

    init() async throws {
        try #require(RaucUnderTest.missing.isEmpty, "HOMIE_TEST_REQUIRE_RAUC is set, and these are missing")
        daemon = try RaucDaemon()
        supervisor = try FakeSupervisor(
            socket: daemon.path("homied.sock"),
            ["web": .healthy, "db": .running, "broken": .failed]
        )
        environment = [
            "HOMIE_BUS_ADDRESS": "unix:path=\(daemon.path("bus"))",
            "HOMIE_UPDATE_STATE_DIRECTORY": daemon.path("state"),
            "HOMIE_UPDATE_RUNTIME_DIRECTORY": daemon.path("run"),
            "HOMIE_UPDATE_LOCK_DIRECTORY": daemon.path("locks"),
            "HOMIE_UPDATE_VERSION_FILE": daemon.path("version"),
            "HOMIE_UPDATE_SUPERVISOR_SOCKET": daemon.path("homied.sock"),
            "HOMIE_UPDATE_KEYRING": daemon.trusted.authority,
            "HOMIE_UPDATE_STABILITY_WINDOW": "1s",
        ]
        try set(version: "1.0.0")
        try await daemon.start()
    }

    var state: UpdateState { get throws { try StateDirectory(path: daemon.path("state")).load() } }

    /// How the newest install went, as the API shows it.
    var report: InstallReport? { InstallReports(directory: daemon.path("run")).last }

    func save(_ state: UpdateState) throws { try StateDirectory(path: daemon.path("state")).save(state) }

    func set(version: String) throws {
        try Data("\(version)\n".utf8).write(to: URL(fileURLWithPath: daemon.path("version")))
    }

    /// Puts a shell script in the place of one of the system's programs.
    func replace(_ program: String, _ script: String) throws {
        let directory = daemon.path("bin")
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let path = directory + "/" + program
        try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        configure("PATH", directory + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"))
    }

    func configure(_ name: String, _ value: String) { environment[name] = value }

    /// A deadline this far from now, whatever the uptime of this machine is.
    func giveTime(seconds: Int) {
        configure("HOMIE_UPDATE_BOOT_DEADLINE", "\(Int(Surroundings.uptime.seconds) + seconds)s")
    }

    /// Starts the device anew, from the slot with this boot name.
    func boot(_ slot: String, version: String) async throws {
        try daemon.killDaemon()
        try set(version: version)
        try await daemon.startDaemon(booted: slot)
    }

    @discardableResult
    func run(_ program: String, _ arguments: String..., expecting code: Int32 = 0) async throws -> ChildProcess.Result {
        try await run(program, words: arguments, expecting: code)
    }

    @discardableResult
    func run(_ program: String, words arguments: [String], expecting code: Int32 = 0) async throws
        -> ChildProcess.Result
    {
        let tests = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        var path = tests.deletingLastPathComponent().appendingPathComponent(program).path
        if !FileManager.default.isExecutableFile(atPath: path) { path = ".build/debug/\(program)" }
        let result = try await ChildProcess(
            program: path,
            arguments: arguments,
            environment: environment,
            standardError: .kept
        ).run(timeLimit: .seconds(60))
        #expect(result.exitCode == code, "\(program) \(arguments): \(result.text)\(result.complaintText)")
        return result
    }

    /// A server that offers this bundle in a signed index.
    func serve(
        _ bundle: URL,
        version: String,
        rollout: Int = 100,
        validity: TimeSpan = .seconds(3600),
        deltas: [DeltaReference]? = nil
    ) async throws -> (index: RangeServer, bundle: RangeServer) {
        let body = Array(try Data(contentsOf: bundle))
        let bundles = try RangeServer(.init(body: body))
        let signed = SignedIndex()
        var reference = try await signed.reference(to: bundle.path, url: bundles.url)
        reference.url = bundles.url
        let release = UpdateRelease(
            version: try SystemVersion(parsing: version),
            compatible: try SystemKind(parsing: "homie-test"),
            channels: ["stable"],
            bundle: reference,
            rollout: try Percentage(rollout),
            published: Surroundings.now,
            deltas: deltas
        )
        let index = try UpdateIndex.next(after: nil, now: Surroundings.now, validity: validity) {
            $0.add(release)
        }
        let path = daemon.path("index.signed")
        let signer = Signer(certificate: daemon.trusted.certificate, key: daemon.trusted.key)
        try await signed.write(index, to: path, signer: signer)
        let server = try RangeServer(.init(body: Array(try Data(contentsOf: URL(fileURLWithPath: path)))))
        configure("HOMIE_UPDATE_INDEX", server.url)
        return (server, bundles)
    }
}
