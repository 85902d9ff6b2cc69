import Foundation
import Glibc
import HomieAPI
import HomieModel
import Testing

/// How the daemon begins and ends, and what it takes over.
@Suite(.serialized, .enabled(if: EngineUnderTest.isExpected))
struct DaemonIntegrationTests {
    /// A socket that hears what systemd would (sd_notify(3)).
    private final class NotifySocket {
        let path: String
        private let descriptor: Int32

        init(_ path: String) throws {
            self.path = path
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { bytes in
                for (index, byte) in path.utf8.enumerated() { bytes[index] = byte }
            }
            let result = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            try #require(result == 0)
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        }

        deinit { close(descriptor) }

        /// What was said since the last call.
        func heard() -> String {
            var text = ""
            var buffer = [UInt8](repeating: 0, count: 4096)
            while case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 {
                text += String(decoding: buffer[..<count], as: UTF8.self) + "\n"
            }
            return text
        }
    }

    @Test func `systemd hears that it is ready, how it is and that its loop goes on; SIGTERM ends it cleanly`()
        async throws
    {
        let daemon = try DaemonProcess()
        let notify = try NotifySocket(daemon.directory.appendingPathComponent("notify").path)
        daemon.environment = ["NOTIFY_SOCKET": notify.path, "WATCHDOG_USEC": "1000000"]
        try await daemon.start()
        var heard = ""
        try await eventually("systemd hears everything", within: .seconds(20)) {
            heard += notify.heard()
            return heard.contains("READY=1") && heard.contains("STATUS=0 stacks") && heard.contains("WATCHDOG=1")
                ? true : nil
        }
        let mode = try FileManager.default.attributesOfItem(atPath: daemon.socket)[.posixPermissions] as? Int
        #expect(mode == 0o660)
        #expect(try daemon.stop() == 0)
        #expect(!FileManager.default.fileExists(atPath: daemon.socket))
    }

    @Test func `a project that Docker Compose would know is taken over without touching its containers`() async throws {
        try EngineUnderTest.clean("taken")
        try EngineUnderTest.docker(
            "network",
            "create",
            "--label",
            "\(ContainerLabels.project)=taken",
            "--label",
            "\(ContainerLabels.network)=default",
            "taken_default"
        )
        try EngineUnderTest.docker(
            "run",
            "--detach",
            "--name",
            "taken-web-1",
            "--network",
            "taken_default",
            "--label",
            "\(ContainerLabels.project)=taken",
            "--label",
            "\(ContainerLabels.service)=web",
            "--label",
            "\(ContainerLabels.number)=1",
            "--label",
            "\(ContainerLabels.oneOff)=False",
            "homie/static:1"
        )
        func look() throws -> String {
            try EngineUnderTest.docker(
                "inspect",
                "--format",
                "{{.Id}} {{.State.StartedAt}} {{.State.Pid}}",
                "taken-web-1"
            )
        }
        let before = try look()
        let daemon = try DaemonProcess()
        try await daemon.start()
        var project = Project(name: "taken")
        project.add("web") { $0["restart"] = .string("always") }
        let client = daemon.client
        let begun = try await client.adopt(project.document, as: try StackName(parsing: "taken"))
        try await eventually("it is taken over") {
            try await client.deployment(begun.id).state == .succeeded ? true : nil
        }
        #expect(try look() == before)
        try daemon.killHard()
        try await daemon.start()
        #expect(try await daemon.up(project).state == .succeeded)
        #expect(try look() == before)
        try EngineUnderTest.docker("kill", "taken-web-1")
        try await eventually("it is healed") {
            try EngineUnderTest.docker("inspect", "--format", "{{.State.Status}}", "taken-web-1") == "running\n"
                ? true : nil
        }
        let down = try await daemon.client.remove(try StackName(parsing: "taken"), removesVolumes: true)
        try await eventually("it is gone") { try await client.deployment(down.id).state == .succeeded ? true : nil }
        #expect(try daemon.stop() == 0)
    }

    @Test func `a second daemon on the same state is refused with a reason`() async throws {
        let daemon = try DaemonProcess()
        try await daemon.start()
        let complaint = #expect(throws: Command.Failure.self) {
            try Command.run(
                try DaemonProcess.program("homied").path,
                ["--state-directory", daemon.stateDirectory, "--socket", daemon.socket + "2"]
            )
        }
        #expect(complaint?.description.contains("another process uses the state database") == true)
        #expect(try daemon.stop() == 0)
    }

    @Test func `a damaged database is put aside, and the stack is known again without touching a container`()
        async throws
    {
        try EngineUnderTest.clean("damaged")
        let daemon = try DaemonProcess()
        try await daemon.start()
        var project = Project(name: "damaged", volumes: ["data"])
        project.add("web") {
            $0["volumes"] = Project.volume("data", at: "/data")
            $0["environment"] = Project.environment(["PASSWORD": "correct=horse", "EMPTY": ""])
        }
        #expect(try await daemon.up(project).state == .succeeded)
        let before = try EngineUnderTest.docker("inspect", "--format", "{{.Id}} {{.State.Pid}}", "damaged-web-1")
        let labels = try EngineUnderTest.docker("inspect", "--format", "{{json .Config.Labels}}", "damaged-web-1")
        #expect(labels.contains("PASSWORD") && !labels.contains("horse"))
        for name in try FileManager.default.contentsOfDirectory(atPath: daemon.stateDirectory) {
            let content = FileManager.default.contents(atPath: "\(daemon.stateDirectory)/\(name)") ?? Data()
            #expect(content.range(of: Data("correct=horse".utf8)) == nil, "\(name)")
        }
        try daemon.killHard()
        let database = daemon.stateDirectory + "/homie.db"
        for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: database + suffix) }
        try Data(repeating: 0x5A, count: 16_384).write(to: URL(fileURLWithPath: database))
        try await daemon.start()
        try await daemon.converged("damaged")
        #expect(try EngineUnderTest.docker("inspect", "--format", "{{.Id}} {{.State.Pid}}", "damaged-web-1") == before)
        let files = try FileManager.default.contentsOfDirectory(atPath: daemon.stateDirectory)
        #expect(files.contains { $0.hasPrefix("homie.db.damaged-") })
        #expect(try await daemon.client.events(EventQuery()).contains { $0.kind == "state.damaged" })
        #expect(try await daemon.client.doctor().contains { $0.check == "state" && $0.level == .warning })
        // The file itself says nothing new: what the engine had of it was all there is.
        #expect(try await daemon.up(project).state == .succeeded)
        #expect(try EngineUnderTest.docker("inspect", "--format", "{{.Id}} {{.State.Pid}}", "damaged-web-1") == before)
        let client = daemon.client
        let down = try await client.remove(try StackName(parsing: "damaged"), removesVolumes: true)
        try await eventually("it is gone") { try await client.deployment(down.id).state == .succeeded ? true : nil }
        #expect(try EngineUnderTest.docker("volume", "ls", "--quiet").contains("damaged_data") == false)
        #expect(try daemon.stop() == 0)
    }

    @Test func `without its key it starts, touches nothing, says what to do, and goes on once the key is back`()
        async throws
    {
        try EngineUnderTest.clean("keyless")
        let daemon = try DaemonProcess()
        try await daemon.start()
        var project = Project(name: "keyless")
        project.add("web")
        #expect(try await daemon.up(project).state == .succeeded)
        let before = try EngineUnderTest.docker("inspect", "--format", "{{.Id}} {{.State.Pid}}", "keyless-web-1")
        #expect(try daemon.stop() == 0)
        let path = daemon.stateDirectory + "/state.key"
        let key = try Data(contentsOf: URL(fileURLWithPath: path))
        try FileManager.default.removeItem(atPath: path)
        try await daemon.start()
        let finding = try await daemon.client.doctor().first { $0.check == "state-unreadable" }
        #expect(finding?.level == .error && finding?.message.contains(path) == true)
        #expect(!FileManager.default.fileExists(atPath: path))
        do {
            _ = try await daemon.up(project)
            Issue.record("a definition was accepted that cannot be sealed")
        } catch let error as APIError {
            #expect(error.kind == .refused)
        }
        #expect(try EngineUnderTest.docker("inspect", "--format", "{{.Id}} {{.State.Pid}}", "keyless-web-1") == before)
        #expect(try daemon.stop() == 0)
        try key.write(to: URL(fileURLWithPath: path))
        try await daemon.start()
        try await daemon.converged("keyless")
        #expect(try EngineUnderTest.docker("inspect", "--format", "{{.Id}} {{.State.Pid}}", "keyless-web-1") == before)
        let client = daemon.client
        let down = try await client.remove(try StackName(parsing: "keyless"), removesVolumes: true)
        try await eventually("it is gone") { try await client.deployment(down.id).state == .succeeded ? true : nil }
        #expect(try daemon.stop() == 0)
    }
}
