import Foundation
import HomieAPI
import HomieModel
import Testing

/// `post_start` and `pre_stop` on the real engine, through the daemon.
@Suite(.serialized, .enabled(if: EngineUnderTest.isExpected))
struct LifecycleHookIntegrationTests {
    private func project(_ name: String, _ hooks: [String: JSONValue]) -> Project {
        var project = Project(name: name, volumes: ["data"])
        project.add("web") { web in
            web["volumes"] = Project.volume("data", at: "/data")
            web["environment"] = Project.environment(["WORD": "container", "OWN": "kept"])
            web.merge(hooks) { _, new in new }
        }
        return project
    }

    private func hook(_ line: String, _ more: [String: JSONValue] = [:]) -> JSONValue {
        .object(
            [
                "command": .array([.string("/bin/sh"), .string("-c"), .string(line)]),
                // The image's own user may not write there.
                "user": .string("0"),
            ].merging(more) { _, new in new }
        )
    }

    private func written(_ volume: String) throws -> String {
        try EngineUnderTest.docker(
            "run",
            "--rm",
            "--volume",
            "\(volume):/data",
            "--entrypoint",
            "/bin/cat",
            "homie/static:1",
            "/data/proof"
        )
    }

    @Test func `hooks run after the start and before the stop, with their user, directory and variables`() async throws
    {
        try EngineUnderTest.clean("hooked")
        let daemon = try DaemonProcess()
        try await daemon.start()
        try await daemon.explaining {
            let after = hook(
                #"echo "$WORD $OWN $PWD" >> /data/proof"#,
                ["working_dir": .string("/data"), "environment": Project.environment(["WORD": "hook"])]
            )
            let project = project(
                "hooked",
                ["post_start": .array([after]), "pre_stop": .array([hook("echo bye >> /data/proof")])]
            )
            #expect(try await daemon.up(project).state == .succeeded)
            #expect(
                try EngineUnderTest.docker("exec", "hooked-web-1", "/bin/cat", "/data/proof") == "hook kept /data\n"
            )
            let client = daemon.client
            let down = try await client.remove(try StackName(parsing: "hooked"), removesVolumes: false)
            try await eventually("it is down") {
                try await client.deployment(down.id).state == .succeeded ? true : nil
            }
            #expect(try written("hooked_data") == "hook kept /data\nbye\n")
        }
        #expect(try daemon.stop() == 0)
        try EngineUnderTest.clean("hooked")
    }

    @Test func `a hook that fails after the start fails the deployment, and the story says which and why`() async throws
    {
        try EngineUnderTest.clean("unhooked")
        let daemon = try DaemonProcess()
        try await daemon.start()
        try await daemon.explaining {
            let project = project("unhooked", ["post_start": .array([hook("echo no such table; exit 3")])])
            let end = try await daemon.up(project)
            #expect(end.state == .failed)
            #expect(end.cause?.contains("ended with exit code 3") == true)
            let events = try await daemon.client.events(EventQuery(stack: try StackName(parsing: "unhooked")))
            #expect(events.contains { $0.detail == "it wrote: no such table" })
        }
        #expect(try daemon.stop() == 0)
        try EngineUnderTest.clean("unhooked")
    }
}
