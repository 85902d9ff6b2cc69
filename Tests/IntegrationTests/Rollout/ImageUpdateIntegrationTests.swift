import Foundation
import Glibc
import HomieAPI
import HomieModel
import HomieTestSupport
import Testing

/// Debian's `docker-registry`: `scripts/test` names it; then it must be there.
enum RegistryProgram {
    static let path = ProcessInfo.processInfo.environment["HOMIE_TEST_REGISTRY"]
}

/// Newer images in a real registry on loopback (Debian's `docker-registry`), found without being fetched.
@Suite(.serialized, .enabled(if: EngineUnderTest.isExpected && RegistryProgram.path != nil))
struct ImageUpdateIntegrationTests {
    private func project(_ image: String, _ update: [String: JSONValue]) -> Project {
        var project = Project(name: "fresh")
        project.add("web") { body in
            body["image"] = .string(image)
            body["x-homie"] = .object(["update": .object(update)])
        }
        return project
    }

    private func push(_ version: String, as image: String) throws {
        try EngineUnderTest.docker("tag", "homie/static:\(version)", image)
        try EngineUnderTest.docker("push", image)
        // What is only in the registry must be fetched to be had.
        try EngineUnderTest.docker("rmi", image)
    }

    @Test func `a newer image behind the same tag is told of, and deployed where that is wanted`() async throws {
        try EngineUnderTest.clean("fresh")
        let directory = "/tmp/homie-fresh-\(UInt32.random(in: 0...UInt32.max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let host = "127.0.0.1:\(try FreePort.next())"
        let configuration =
            "version: 0.1\nstorage: { filesystem: { rootdirectory: \(directory)/data } }\nhttp: { addr: \"\(host)\" }\n"
        try Data(configuration.utf8).write(to: URL(fileURLWithPath: "\(directory)/config.yml"))
        let server = Process()
        server.executableURL = URL(fileURLWithPath: try #require(RegistryProgram.path))
        server.arguments = ["serve", "\(directory)/config.yml"]
        server.standardError = FileHandle.nullDevice
        server.standardOutput = FileHandle.nullDevice
        try server.start()
        defer { kill(server.processIdentifier, SIGKILL) }
        let image = "\(host)/web:latest"
        try await eventually("the registry takes images") { (try? push("1", as: image)).map { _ in true } }

        let daemon = try DaemonProcess()
        try await daemon.start(["--image-check-interval", "1"])
        let client = daemon.client
        #expect(try await daemon.up(project(image, ["images": .string("notify")])).state == .succeeded)
        try await eventually("the registry was asked") {
            try await client.images().first { $0.digest != nil && !$0.isNewer }
        }
        try push("2", as: image)
        let newer = try await eventually("the newer image is found") { try await client.images().first { $0.isNewer } }
        #expect(newer.reference == image)
        try await eventually("people are told") {
            try await client.events(EventQuery(stack: StackName(parsing: "fresh"))).first { $0.kind == "image.newer" }
        }
        func version() throws -> String {
            try EngineUnderTest.docker("inspect", "--format", "{{range .Config.Env}}{{.}} {{end}}", "fresh-web-1")
        }
        #expect(try version().contains("VERSION=1"))
        let auto = project(image, ["images": .string("auto"), "settle": .string("1s")])
        #expect(try await daemon.up(auto).state == .succeeded)
        try await eventually("the newer image runs") { try version().contains("VERSION=2") ? true : nil }
        try await eventually("it is known to be up to date") { try await client.images().first { !$0.isNewer } }
        let down = try await client.remove(try StackName(parsing: "fresh"), removesVolumes: true)
        try await eventually("it is gone") { try await client.deployment(down.id).state == .succeeded ? true : nil }
        #expect(try daemon.stop() == 0)
    }
}
