import Foundation
import HomieAPI
import HomieHTTP
import HomieModel
import Testing

@testable import homie_cli

/// Full and read-only disks, bursts of events, requests meant to hurt: against the daemon as a process.
@Suite(.serialized, .enabled(if: EngineUnderTest.isExpected))
struct AdversityIntegrationTests {
    @Test func `ten thousand events in a burst leave it running, right and small`() async throws {
        try EngineUnderTest.clean("burst")
        let daemon = try DaemonProcess()
        try await daemon.start()
        var project = Project(name: "burst")
        project.add("web") { $0["restart"] = .string("always") }
        #expect(try await daemon.up(project).state == .succeeded)
        let before = try daemon.residentMemory()
        let socket = try EngineUnderTest.requireSocket()
        // Renaming is the cheapest thing that the engine reports.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for stranger in 0..<4 {
                try EngineUnderTest.docker(
                    "create",
                    "--name",
                    "burst-stranger-\(stranger)",
                    "--label",
                    "\(ContainerLabels.project)=burst",
                    "--label",
                    "\(ContainerLabels.service)=stranger",
                    "homie/static:1"
                )
                group.addTask {
                    let docker = HTTPClient(socketPath: socket, peer: "Docker Engine")
                    for number in 0..<2500 {
                        let names = number.isMultiple(of: 2) ? ("", "-b") : ("-b", "")
                        let path = "/v1.41/containers/burst-stranger-\(stranger)\(names.0)/rename"
                        let answer = try await docker.send(
                            HTTPRequest(
                                .post,
                                "\(path)?name=burst-stranger-\(stranger)\(names.1)",
                                headTimeout: .seconds(60)
                            )
                        )
                        _ = try await answer.body.collect(upTo: 1 << 16)
                    }
                }
            }
            try await group.waitForAll()
        }
        try EngineUnderTest.docker("rm", "--force", "burst-web-1")
        try await eventually("it is there again") {
            try? EngineUnderTest.docker("inspect", "burst-web-1")
        }
        try await daemon.converged("burst")
        #expect(try daemon.residentMemory() - before < 60_000)
        for stranger in 0..<4 { try EngineUnderTest.docker("rm", "burst-stranger-\(stranger)") }
        try await takeDown("burst", daemon)
    }

    @Test func `a full disk refuses what cannot be remembered, says so, and recovers`() async throws {
        try EngineUnderTest.clean("full")
        let daemon = try DaemonProcess()
        let state = daemon.stateDirectory
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
        try Command.run("mount", ["-t", "tmpfs", "-o", "size=3m", "tmpfs", state])
        defer { _ = try? Command.run("umount", ["--lazy", state]) }
        try await daemon.start()
        var project = Project(name: "full")
        project.add("web") { $0["restart"] = .string("always") }
        #expect(try await daemon.up(project).state == .succeeded)
        _ = try? Command.run("dd", ["if=/dev/zero", "of=\(state)/filler", "bs=64k"])
        var changed = project
        changed.add("web") { $0["environment"] = Project.environment(["BIG": String(repeating: "x", count: 200_000)]) }
        do {
            _ = try await daemon.client.apply(changed.document, as: try StackName(parsing: "full"))
            Issue.record("a change was accepted that cannot be remembered")
        } catch let error as APIError {
            #expect(error.kind == .failed)
            #expect("\(error)".contains("no room left"))
            #expect(error.hint != nil)
        }
        // Healing goes on without a disk.
        try EngineUnderTest.docker("rm", "--force", "full-web-1")
        try await eventually("it is healed") { try? EngineUnderTest.docker("inspect", "full-web-1") }
        #expect(try await daemon.client.doctor().contains { $0.check == "state" && $0.level == .error })
        try FileManager.default.removeItem(atPath: "\(state)/filler")
        #expect(try await daemon.up(changed).state == .succeeded)
        try await eventually("all is well again") {
            try await daemon.client.doctor().contains { $0.check == "state" && $0.level == .ok } ? true : nil
        }
        try await takeDown("full", daemon)
    }

    @Test func `a read-only state directory ends the start with a clear sentence`() async throws {
        let daemon = try DaemonProcess()
        let state = daemon.stateDirectory
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
        try Command.run("mount", ["-t", "tmpfs", "-o", "size=1m,ro", "tmpfs", state])
        defer { _ = try? Command.run("umount", ["--lazy", state]) }
        try daemon.launch()
        try await eventually("it ends") { daemon.isRunning ? nil : true }
        #expect(daemon.log.contains("homied: "))
        #expect(daemon.log.contains("hint: "))
        #expect(daemon.log.contains(state))
    }

    @Test func `what is wrong with a request is said, and nothing of it is applied`() async throws {
        let daemon = try DaemonProcess()
        try await daemon.start()
        let http = HTTPClient(socketPath: daemon.socket, peer: "daemon")
        func put(_ target: String, _ body: String) async throws -> (Int, String) {
            var fields = HTTPFields()
            fields["content-type"] = "application/json"
            let answer = try await http.send(
                HTTPRequest(.put, target, fields: fields, body: .bytes(Array(body.utf8)), headTimeout: .seconds(60))
            )
            return (answer.status, String(decoding: try await answer.body.collect(upTo: 1 << 20), as: UTF8.self))
        }
        let cases = [
            ("/api/v1/stacks/bad", "{", 400),
            ("/api/v1/stacks/bad", "{\"project\":{\"services\":{\"a\":{\"image\":5}}}}", 400),
            ("/api/v1/stacks/bad", "{\"project\":{\"services\":{\"a\":{\"image\":\"x\",\"imagee\":\"y\"}}}}", 400),
            ("/api/v1/stacks/bad", "{\"project\":{\"services\":{}},\"what\":1}", 400),
            ("/api/v1/stacks/..%2f..%2fetc", "{\"project\":{}}", 400),
            ("/api/v1/stacks/..", "{\"project\":{}}", 404),
        ]
        for (target, body, status) in cases {
            let (got, text) = try await put(target, body)
            #expect(got == status || (400..<500).contains(got), "\(target) \(body): \(got)")
            #expect(text.contains("\"title\"") && text.contains("\"status\""), "\(text)")
        }
        let before = try daemon.residentMemory()
        let (status, _) = try await put("/api/v1/stacks/bad", String(repeating: " ", count: 100 << 20))
        #expect(status == 413)
        #expect(try daemon.residentMemory() - before < 50_000)
        #expect(try await daemon.client.stacks().isEmpty)
        #expect(try daemon.stop() == 0)
    }

    private func takeDown(_ name: String, _ daemon: DaemonProcess) async throws {
        let client = daemon.client
        let down = try await client.remove(try StackName(parsing: name), removesVolumes: true)
        try await eventually("'\(name)' is gone") {
            try await client.deployment(down.id).state == .succeeded ? true : nil
        }
        #expect(try daemon.stop() == 0)
    }
}
