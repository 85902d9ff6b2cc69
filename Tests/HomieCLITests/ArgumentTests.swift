import ArgumentParser
import HomieAPI
import HomieModel
import Testing

@testable import homie_cli

@Suite("Arguments")
struct ArgumentTests {
    private func parsed<Command>(_ type: Command.Type, _ arguments: String...) throws -> Command {
        try #require(try Homie.parseAsRoot(arguments) as? Command)
    }

    @Test("up takes several files, standard input among them, and what Docker Compose takes")
    func up() throws {
        let up = try parsed(
            Up.self,
            "up",
            "-f",
            "a.yaml",
            "--file",
            "-",
            "--env-file",
            "x.env",
            "-p",
            "shop",
            "--profile",
            "a",
            "--profile",
            "b",
            "--project-directory",
            "/srv",
            "--pull",
            "--force-recreate",
            "--remove-orphans",
            "--timeout",
            "5m",
            "--json"
        )
        #expect(up.project.files == ["a.yaml", "-"])
        #expect(up.project.envFiles == ["x.env"])
        #expect(up.project.projectName == "shop")
        #expect(up.project.profiles == ["a", "b"])
        #expect(up.project.projectDirectory == "/srv")
        #expect(up.apply.settings == .init(pulls: true, forcesRecreate: true, removesOrphans: true))
        #expect(up.waiting.timeout?.span == .seconds(300))
        #expect(up.waiting.wait)
        #expect(up.output.isJSON)
    }

    @Test("up waits unless told not to")
    func wait() throws {
        #expect(try parsed(Up.self, "up", "--wait").waiting.wait)
        #expect(try !parsed(Up.self, "up", "--no-wait").waiting.wait)
    }

    @Test("the daemon's socket has two names, and a variable")
    func socket() async throws {
        #expect(try parsed(Stacks.self, "stacks", "--host", "/x").connection.host == "/x")
        #expect(try parsed(Stacks.self, "stacks", "--socket", "/y").connection.host == "/y")
    }

    @Test("a service may name its stack")
    func service() throws {
        let why = try parsed(Why.self, "why", "shop/web.1")
        #expect(why.service?.stack?.text == "shop")
        #expect(why.service?.service.text == "web.1")
        #expect(ServiceArgument(argument: "a/b/c") == nil)
        #expect(ServiceArgument(argument: "/web") == nil)
        #expect(ServiceArgument(argument: "SHOP/web") == nil)
    }

    @Test(
        "lengths of time are read in the usual units",
        arguments: [
            ("90", 90), ("90s", 90), ("1m30s", 90), ("1.5h", 5400), ("500ms", 0.5), ("3d", 259_200), ("0", 0),
        ] as [(String, Double)]
    )
    func lengths(text: String, seconds: Double) {
        #expect(LengthArgument(argument: text)?.span == .seconds(seconds))
    }

    @Test("what is no length of time is refused", arguments: ["", "s", "-1", "1x", "1m30", "1..2s", "inf", "1e999"])
    func noLengths(text: String) { #expect(LengthArgument(argument: text) == nil) }

    @Test("a moment is a time or how long ago")
    func moments() {
        let now = Samples.time(1000)
        #expect(MomentArgument(argument: "10m")?.time(now: now) == Samples.time(400))
        #expect(MomentArgument(argument: "1970-01-01T00:00:05Z")?.time(now: now) == Samples.time(5))
        #expect(MomentArgument(argument: "yesterday") == nil)
    }

    @Test(
        "wrong arguments are a usage error",
        arguments: [
            ["bogus"], ["up", "--bogus"], ["up", "extra"], ["why", "a b"], ["down", "Shop"],
            ["down", "shop", "-f", "x.yaml"], ["rollback", "shop", "--to", "0"], ["rollback"], ["logs", "--tail", "x"],
            ["events", "--limit", "0"], ["completions", "tcsh"], ["config", "--services", "--quiet"],
            ["stacks", "--host", "http://example.org"], ["config", "--format", "xml"],
        ]
    )
    func usage(arguments: [String]) async {
        let run = await CommandRun(arguments)
        #expect(run.code == 2)
        #expect(run.output.isEmpty)
        #expect(run.errors.hasPrefix("error: "))
        #expect(run.errors.contains("hint: "))
    }

    /// The words of every command below one that does something itself.
    private static func leaves(_ type: any ParsableCommand.Type) -> [[String]] {
        let name = type.configuration.commandName ?? ""
        let inner = type.configuration.subcommands.flatMap(leaves)
        return inner.isEmpty ? [[name]] : inner.map { [name] + $0 }
    }

    @Test("every command has help with an example, and takes --json")
    func help() async {
        for type in Homie.configuration.groupedSubcommands.flatMap(\.subcommands) {
            for path in Self.leaves(type) {
                let run = await CommandRun(path + ["--help"])
                let words = path.joined(separator: " ")
                #expect(run.code == 0)
                #expect(run.output.contains("Example:\n  homie \(words)"), "\(words)")
                #expect(run.output.contains("--json"), "\(words)")
                // What is printed of a value that nobody taught how to be shown.
                #expect(!run.output.contains("nanoseconds:"), "\(words)")
                #expect(run.errors.isEmpty)
            }
        }
        let root = await CommandRun()
        #expect(root.code == 0)
        #expect(root.output.contains("Exit codes:"))
    }

    @Test func `defaults are shown as they would be written`() async {
        let run = await CommandRun("metrics", "query", "--help")
        #expect(run.output.contains("(default: 1h)"), "\(run.output)")
        #expect(run.output.contains("(default: now)"), "\(run.output)")
        let rule = await CommandRun("alert", "rule", "set", "--help")
        #expect(rule.output.contains("(default: 15m)"), "\(rule.output)")
        #expect(LengthArgument(.milliseconds(1500)).defaultValueDescription == "1500ms")
        #expect(LengthArgument(.seconds(172_800)).defaultValueDescription == "2d")
    }

    @Test("the release is printed without a daemon")
    func version() async {
        let run = await CommandRun("--version")
        #expect(run.code == 0)
        #expect(run.output == HomieRelease.version + "\n")
    }

    @Test("completions are made for each shell", arguments: ["bash", "zsh", "fish"])
    func completions(shell: String) async {
        let run = await CommandRun("completions", shell)
        #expect(run.code == 0)
        #expect(run.output.contains("rollback"))
    }
}
