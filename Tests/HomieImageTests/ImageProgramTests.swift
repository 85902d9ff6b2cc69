import Foundation
import HomieBundle
import HomieImage
import HomieTestSupport
import Testing

/// `homie-image` as it ships, up to where it would begin to build.
@Suite struct `homie-image` {
    @Test func `shows the whole plan as a dry run, and makes nothing of it`() throws {
        let bench = try ProgramBench()
        try bench.makePrograms()
        let run = try bench.build("--dry-run", "--json")
        #expect(run.status == 0, "\(run.complaint)")
        struct Stage: Decodable {
            var stage: String
            var isCached: Bool
            var steps: [String]
        }
        let stages = try JSONDecoder().decode([Stage].self, from: Data(run.output.utf8))
        #expect(stages.map(\.stage) == ["tools", "packages", "root", "boot slot", "disk"])
        #expect(stages.allSatisfy { !$0.isCached && !$0.steps.isEmpty })
        let text = try bench.build("--dry-run", "--bundle-only").output
        #expect(text.contains("would be made") && text.contains("mmdebstrap"), "\(text)")
        #expect(!text.contains("disk.sha256"))
        #expect(!FileManager.default.fileExists(atPath: bench.path("out")))
        // Beside copies of the programs, whose digests are part of the plan.
        #expect(try FileManager.default.contentsOfDirectory(atPath: bench.path("cache")) == ["stripped"])
    }

    @Test func `says what is missing, each with a remedy and an exit code`() throws {
        let bench = try ProgramBench()
        for (run, code, words) in [
            (try bench.build("--dry-run"), 3, "there is no program 'homied'"),
            (try bench.run(["build", "toaster", "--version", "1.0.0"]), 3, "there is no board 'toaster'"),
            (try bench.build("--release"), 2, "--release needs --keyring"),
            (try bench.build("--release", "--keyring", "x.pem"), 2, "--release needs --cert and --key"),
            (try bench.build("--cert", "x.pem"), 2, "--cert and --key belong together"),
        ] {
            #expect(run.status == code, "\(run.complaint)")
            // For a slip of the command line the remedy is the help.
            let remedy = code == 2 ? "homie-image build --help" : "hint: "
            #expect(run.complaint.contains(words) && run.complaint.contains(remedy), "\(run.complaint)")
        }
    }

    @Test func `makes no release that trusts a development authority, at whatever place of its key ring`() async throws
    {
        let bench = try ProgramBench()
        try bench.makePrograms()
        let keys = DevelopmentKeys(directory: bench.path("keys"))
        try await keys.prepare(Toolbox())
        try bench.makeAuthority("release.pem")
        let release = try String(contentsOfFile: bench.path("release.pem"), encoding: .utf8)
        let development = try String(contentsOfFile: keys.authority, encoding: .utf8)
        try (release + development).write(toFile: bench.path("both.pem"), atomically: true, encoding: .utf8)
        func build(_ keyring: String) throws -> ProgramRun {
            try bench.build(
                "--dry-run",
                "--release",
                "--keyring",
                keyring,
                "--cert",
                bench.path("release.pem"),
                "--key",
                "k.pem"
            )
        }
        for keyring in [keys.authority, bench.path("both.pem")] {
            let run = try build(keyring)
            #expect(run.status == 5, "\(run.complaint)")
            #expect(run.complaint.contains("is a development key, which a release image must not trust"))
        }
        let run = try build(bench.path("release.pem"))
        #expect(run.status == 0, "\(run.complaint)")
        let found = try await DevelopmentKeys.authorities(in: bench.path("both.pem"), Toolbox())
        #expect(found.map(\.isForDevelopment) == [false, true])
    }
}

/// A directory with what `homie-image` takes from a build host.
private final class ProgramBench {
    private let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("homie-image-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

    func build(_ arguments: String...) throws -> ProgramRun {
        try run(
            ["build", "qemu-x86_64", "--version", "1.0.0", "--output", path("out"), "--programs", path("programs")]
                + ["--cache", path("cache"), "--keys", path("keys")] + arguments
        )
    }

    func run(_ arguments: [String]) throws -> ProgramRun {
        let tests = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        var program = tests.deletingLastPathComponent().appendingPathComponent("homie-image").path
        if !FileManager.default.isExecutableFile(atPath: program) { program = ".build/debug/homie-image" }
        let repository = URL(fileURLWithPath: #filePath).appendingPathComponent("../../..").standardized.path
        return try ProgramRun(program, arguments + ["--root", repository], within: .seconds(120))
    }

    /// Programs that are linked against nothing.
    func makePrograms() throws {
        try FileManager.default.createDirectory(atPath: path("programs"), withIntermediateDirectories: true)
        try ".globl _start\n_start:\n.long 0\n".write(toFile: path("p.s"), atomically: true, encoding: .utf8)
        try end(["as", "-o", path("p.o"), path("p.s")])
        for name in ProgramReader.names { try end(["ld", "-static", "-o", path("programs/\(name)"), path("p.o")]) }
    }

    func makeAuthority(_ name: String) throws {
        try end(
            ["openssl"] + TestAuthority.arguments(name: "release", key: path("ca-key.pem"), certificate: path(name))
        )
    }

    private func end(_ words: [String]) throws {
        let run = try ProgramRun("/usr/bin/env", words, within: .seconds(60))
        try #require(run.status == 0, "\(words): \(run.complaint)")
    }
}
