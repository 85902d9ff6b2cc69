import FoundationEssentials
import HomieHTTP
import HomieModel
import HomieSupervisor
import Synchronization
import Testing

@testable import HomieEngine

@Suite(.enabled(if: EngineFixture.isExpected, "HOMIE_TEST_DOCKER_SOCKET is not set"))
struct ImageIntegrationTests {
    @Test func `images are found by name and ID, and get further names`() async throws {
        try await EngineFixture.with("image") { fixture in
            let engine = fixture.engine
            let image = try #require(try await engine.image("homie/static:1"))
            #expect(image.id.hasPrefix("sha256:"))
            #expect(!image.hasHealthcheck)
            #expect(try await engine.image(image.id) == image)
            #expect(try await engine.image("homie/nonexistent:1") == nil)
            try await engine.tag(image.id, as: "eng-image/kept:r1")
            #expect(try await engine.image("eng-image/kept:r1")?.id == image.id)
            try await engine.tag(image.id, as: "eng-image/kept:r2")
            try await engine.tag(image.id, as: "eng-image/other:r1")
            try await engine.removeNames(of: "eng-image/kept")
            #expect(try await engine.image("eng-image/kept:r1") == nil)
            #expect(try await engine.image("eng-image/kept:r2") == nil)
            #expect(try await engine.image("eng-image/other:r1")?.id == image.id)
            try await engine.removeNames(of: "eng-image/*")
            #expect(try await engine.image("eng-image/other:r1") == nil)
            #expect(try await engine.image("homie/static:1") == image)
        }
    }

    @Test func `clearing takes images without a name that nobody needs, and nothing else`() async throws {
        try await EngineFixture.with("clear") { fixture in
            // Each one takes the name of the one before it.
            func made(_ word: String) async throws -> String {
                var build = BuildDefinition(
                    context: FileManager.default.currentDirectoryPath + "/Tests/HomieEngineTests"
                )
                build.inlineDockerfile = "FROM homie/static:1\nLABEL word=\(word)\n"
                return try await fixture.engine.build(build, tag: "eng-clear/it:1") { _ in }.id
            }
            func remove(_ image: String) async throws {
                try await fixture.engine.connection.perform(
                    EngineCall(.delete, "/images/\(EngineCall.segment(image))", action: "tidy up")
                )
            }
            let volume = VolumeDefinition(name: "eng-clear_data")
            try await fixture.engine.ensureVolume(volume, key: "data", stack: fixture.stack)
            let (kept, lost, named) = (try await made("kept"), try await made("lost"), try await made("named"))
            let report = try await fixture.engine.prune(keeping: [kept])
            #expect(report.images >= 1)
            #expect(try await fixture.engine.image(kept) != nil)
            #expect(try await fixture.engine.image(lost) == nil)
            #expect(try await fixture.engine.image(named) != nil)
            #expect(try await fixture.engine.resources(of: fixture.stack).volumes == ["eng-clear_data"])
            #expect(try await fixture.engine.image("homie/static:1") != nil)
            try await remove(kept)
            try await remove(named)
        }
    }

    @Test func `an image is built from a directory, without what is ignored`() async throws {
        try await EngineFixture.with("build") { fixture in
            let directory = URL.temporaryDirectory.appending(path: "homie-eng-build-\(UInt64.random(in: 0...(.max)))")
            let files = FileManager.default
            try files.createDirectory(at: directory.appending(path: "sub"), withIntermediateDirectories: true)
            defer { try? files.removeItem(at: directory) }
            func write(_ text: String, _ name: String) throws {
                try Data(text.utf8).write(to: directory.appending(path: name))
            }
            try write("a", "a.txt")
            try write("b", "sub/b.txt")
            try write("big", "sub/ignored.log")
            try write("**/*.log\n", ".dockerignore")
            var build = BuildDefinition(context: directory.path)
            build.inlineDockerfile = """
                FROM homie/static:1
                ARG WORD
                COPY . /context
                LABEL word=$WORD
                USER 0
                RUN cd /context && find . -type f | sort > /list
                """
            build.networkMode = "none"
            build.arguments = ["WORD": "hello"]
            build.labels = ["made": "by test"]
            let messages = Mutex<[String]>([])
            let image = try await fixture.engine.build(build, tag: "eng-build/x:1") { progress in
                messages.withLock { $0.append(progress.message) }
            }
            #expect(messages.withLock { $0.contains { $0.hasPrefix("Step 1/") } })
            #expect(try await fixture.engine.image("eng-build/x:1")?.id == image.id)
            try await fixture.makeNetwork()
            let id = try await fixture.engine.create(
                try await fixture.recipe(image: "eng-build/x:1") { $0.command = ["sleep", "60"] }
            )
            try await fixture.engine.start(id)
            let list = try await fixture.shell("cat /list", in: id)
            #expect(list.output == "./.dockerignore\n./a.txt\n./sub/b.txt\n")
            try await fixture.engine.remove(id, anonymousVolumes: true)
            try await fixture.engine.connection.perform(
                EngineCall(.delete, "/images/eng-build/x:1", action: "remove the image")
            )
        }
    }

    @Test func `a build that fails says what the builder said`() async throws {
        try await EngineFixture.with("badbuild") { fixture in
            let directory = URL.temporaryDirectory.appending(path: "homie-eng-bad-\(UInt64.random(in: 0...(.max)))")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: directory) }
            var build = BuildDefinition(context: directory.path)
            build.inlineDockerfile = "FROM homie/static:1\nRUN exit 4\n"
            build.networkMode = "none"
            await #expect {
                _ = try await fixture.engine.build(build, tag: "eng-badbuild/x:1") { _ in }
            } throws: { "\($0)".contains("returned a non-zero code: 4") }
        }
    }

    @Test func `pulling from a registry that is not there names the cause`() async throws {
        try await EngineFixture.with("pull") { fixture in
            await #expect {
                _ = try await fixture.engine.pull("127.0.0.1:1/no/such:1", platform: nil) { _ in }
            } throws: { error in
                (error as? EngineError)?.failure == .registryUnreachable && "\(error)".contains("127.0.0.1:1/no/such:1")
            }
        }
    }
}
