import Crypto
import Foundation
import HomieAPI
import HomieModel
import HomieTestSupport
import Testing

/// Signed and unsigned images, from a real registry to a real engine.
@Suite(.serialized, .enabled(if: EngineUnderTest.isExpected && RegistryProcess.path != nil))
struct SignatureDeployIntegrationTests {
    private func project(_ image: String, _ signature: JSONValue) -> Project {
        var project = Project(name: "signed")
        project.add("web") { body in
            body["image"] = .string(image)
            body["x-homie"] = .object(["signature": signature])
        }
        return project
    }

    @Test func `an image that must be signed is refused until it is, and doctor tells of one that need not be`()
        async throws
    {
        try EngineUnderTest.clean("signed")
        let registry = try RegistryProcess()
        try await registry.waitUntilReady()
        let vendor = Cosign(registry: registry, repository: "web")
        let daemon = try DaemonProcess()
        let keys = daemon.directory.appendingPathComponent("keys")
        try FileManager.default.createDirectory(at: keys, withIntermediateDirectories: true)
        let logins = daemon.directory.appendingPathComponent("registry.json").path
        let login = Data("\(RegistryProcess.user):\(RegistryProcess.password)".utf8).base64EncodedString()
        try Data(#"{"auths":{"\#(registry.host)":{"auth":"\#(login)"}}}"#.utf8).write(to: URL(fileURLWithPath: logins))

        let image = "\(registry.host)/web:1"
        try EngineUnderTest.docker("tag", "homie/static:1", image)
        try FileManager.default.copyItem(
            atPath: logins,
            toPath: daemon.directory.appendingPathComponent("config.json").path
        )
        try EngineUnderTest.docker("--config", daemon.directory.path, "push", image)
        let names = try EngineUnderTest.docker("inspect", "--format", "{{join .RepoDigests \" \"}}", image)
        let name = try #require(
            names.split(whereSeparator: \.isWhitespace).first { $0.hasPrefix("\(registry.host)/web@") }
        )
        let digest = String(name.drop { $0 != "@" }.dropFirst())
        // What is only in the registry must be fetched to be had.
        try EngineUnderTest.docker("rmi", image)

        try await daemon.start([
            "--image-check-interval", "1", "--image-keys", keys.path, "--registry-credentials", logins,
        ])
        let client = daemon.client
        func refusal(_ signature: JSONValue) async throws -> APIError {
            try await #require(throws: APIError.self) {
                _ = try await client.apply(
                    project(image, signature).document,
                    as: try StackName(parsing: "signed")
                )
            }
        }
        #expect(try await refusal("required").kind == .refused)
        try Data(vendor.key.publicKey.pemRepresentation.utf8).write(to: keys.appendingPathComponent("vendor.pub"))
        let unsigned = try await refusal("required")
        #expect("\(unsigned)".contains("is not signed"), "\(unsigned)")
        try await Cosign(registry: registry, repository: "web").sign(digest)
        let strange = try await refusal("required")
        #expect("\(strange)".contains("someone whose key is not known"), "\(strange)")

        // Without the word it runs, and doctor says what it is.
        #expect(try await daemon.up(project(image, "on")).state == .succeeded)
        try await eventually("doctor tells of it") {
            try await client.doctor().first {
                $0.check == "image-unsigned" && $0.level == .notice && $0.message.contains(image)
            }
        }
        #expect(try await client.issues().allSatisfy { $0.check != "image-unverified" })

        try await vendor.sign(digest)
        #expect(try await daemon.up(project(image, ["required": true, "key": "vendor"])).state == .succeeded)
        try await eventually("it is known to be signed") {
            try await client.doctor().first { $0.check == "image-unsigned" && $0.level == .ok }
        }
        // What is known needs no registry any more.
        try registry.stop()
        var changed = project(image, ["required": true, "key": "vendor"])
        changed.add("web") { body in
            body["image"] = .string(image)
            body["environment"] = Project.environment(["ROUND": "2"])
            body["x-homie"] = .object(["signature": ["required": true, "key": "vendor"]])
        }
        #expect(try await daemon.up(changed).state == .succeeded)
        let down = try await client.remove(try StackName(parsing: "signed"), removesVolumes: true)
        try await eventually("it is gone") { try await client.deployment(down.id).state == .succeeded ? true : nil }
        #expect(try daemon.stop() == 0)
        try EngineUnderTest.docker("rmi", image)
    }
}
