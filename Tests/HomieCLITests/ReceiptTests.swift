import FoundationEssentials
import HomieAPI
import HomieModel
import HomieReceipts
import Synchronization
import Testing

@testable import homie_cli

/// A daemon that has everything in place that it was asked for, and remembers the last request.
private final class SettledDaemon: Sendable {
    let last = Mutex<ContentDigest?>(nil)
    let confirms = Mutex(true)

    func answer(_ request: FakeDaemon.Request) -> FakeDaemon.Reply {
        let body = Array(request.body.utf8)
        if request.line == "PUT /stacks/shop" {
            last.withLock { $0 = ContentDigest(of: body) }
            return .json(200, Self.deployment)
        }
        let digest = (try? JSONValue(parsing: body))?["digest"]?.stringValue
        guard request.line == "POST /stacks/shop/confirm", confirms.withLock({ $0 }),
            digest == last.withLock({ $0?.hex })
        else { return Samples.problem(.conflict, "stack 'shop' is not known to be as that request says") }
        return .json(200, Self.deployment)
    }

    private static var deployment: DeploymentRecord {
        var deployment = Samples.deployment(.succeeded)
        deployment.endedAt = deployment.startedAt
        return deployment
    }
}

/// A project that reads a file of each kind.
private struct Project: Sendable {
    let directory: TemporaryDirectory
    var folder: String
    var environment: [String: String]
    var arguments = ["up"]
    var input = ScriptedInput()

    init() throws {
        directory = try TemporaryDirectory()
        folder = directory.path + "/shop"
        environment = ["XDG_CACHE_HOME": directory.path + "/cache", "TAG": "1", "PASSWORD": "secret"]
        try write("compose.yaml", Self.compose)
        try write("more.yaml", "services:\n  worker:\n    image: worker:1\n")
        try write("base.yaml", "services:\n  base:\n    image: web:${TAG}\n")
        try write("web.env", "COLOUR=red\n")
    }

    static let compose = """
        name: shop
        include:
          - more.yaml
        services:
          web:
            extends: {file: base.yaml, service: base}
            env_file: [web.env, {path: late.env, required: false}]
            environment: [MODE]
            secrets: [password]
        secrets:
          password: {environment: PASSWORD}

        """

    func write(_ name: String, _ content: String) throws { try directory.write("shop/" + name, content) }

    func run(_ daemon: FakeDaemon) async -> CommandRun {
        await CommandRun(arguments, daemon: daemon, environment: environment, directory: folder, input: input)
    }

    /// The files of the cache.
    var receipts: [String] {
        get throws {
            let place = directory.path + "/cache/homie/receipts"
            return try FileManager.default.contentsOfDirectory(atPath: place).map { place + "/" + $0 }
        }
    }
}

@Suite("homie up of what is up")
struct ReceiptTests {
    private struct Second {
        /// What the daemon was asked.
        var lines: [String]
        var first: CommandRun
        var run: CommandRun
    }

    private let short = ["POST /stacks/shop/confirm"]
    private let whole = ["PUT /stacks/shop"]

    /// Deploys twice, with `change` in between.
    private func twice(
        _ daemon: SettledDaemon = SettledDaemon(),
        _ start: Project? = nil,
        change: @Sendable (inout Project) throws -> Void = { _ in }
    ) async throws -> Second {
        let result = Mutex<Second?>(nil)
        let project = try start ?? Project()
        try await FakeDaemon.serving {
            daemon.answer($0)
        } _: { server in
            let first = await project.run(server)
            #expect(first.code == 0, "\(first.errors)")
            let count = server.requests.count
            var changed = project
            try change(&changed)
            let run = await changed.run(server)
            let lines = server.requests.dropFirst(count).map(\.line)
            result.withLock { $0 = Second(lines: lines, first: first, run: run) }
        }
        return try #require(result.withLock { $0 })
    }

    @Test("the second time only asks, and says the same")
    func unchanged() async throws {
        let second = try await twice()
        #expect(second.lines == short)
        #expect(second.run.code == 0)
        #expect(second.run.output == "shop: nothing to do, revision 3 runs, 2 services\n")
        #expect(second.run.output == second.first.output)
        #expect(second.run.errors == second.first.errors)
    }

    @Test("warnings are shown again")
    func warnings() async throws {
        let project = try Project()
        try project.write("compose.yaml", "version: '3'\n" + Project.compose)
        let second = try await twice(SettledDaemon(), project)
        #expect(second.lines == short)
        #expect(second.first.errors.contains("'version' is out of use"))
        #expect(second.run.errors == second.first.errors)
    }

    @Test(
        "a changed input goes the whole way",
        arguments: [
            ("compose.yaml", Project.compose + "# another\n"), ("more.yaml", "services: {worker: {image: other}}\n"),
            ("base.yaml", "services: {base: {image: other}}\n"), ("web.env", "COLOUR=blue\n"),
            ("late.env", "COLOUR=blue\n"), (".env", "TAG=2\n"), ("compose.override.yaml", "services: {}\n"),
            ("compose.yml", Project.compose),
        ]
    )
    func files(name: String, content: String) async throws {
        let second = try await twice { try $0.write(name, content) }
        #expect(second.run.code == 0, "\(second.run.errors)")
        #expect(second.lines == whole)
    }

    @Test(
        "a variable's other value goes the whole way",
        arguments: ["TAG", "PASSWORD", "MODE", "COMPOSE_PROFILES", "HOME"]
    )
    func variables(name: String) async throws {
        #expect(try await twice { $0.environment[name] = "other" }.lines == whole)
    }

    @Test("a variable that is gone goes the whole way")
    func goneVariable() async throws {
        #expect(try await twice { $0.environment["PASSWORD"] = nil }.lines == whole)
    }

    @Test("a file that is gone is an error, as ever")
    func goneFile() async throws {
        let second = try await twice { try FileManager.default.removeItem(atPath: $0.folder + "/web.env") }
        #expect(second.lines == [])
        #expect(second.run.code == ErrorKind.usage.exitCode)
        #expect(second.run.errors.contains("web.env"))
    }

    @Test("other arguments go the whole way", arguments: [["up", "--profile", "x"], ["up", "--remove-orphans"]])
    func arguments(arguments: [String]) async throws {
        #expect(try await twice { $0.arguments = arguments }.lines == whole)
    }

    @Test("another directory goes the whole way")
    func directory() async throws {
        let second = try await twice { project in
            project.folder = project.directory.path + "/copy"
            try FileManager.default.copyItem(
                atPath: project.directory.path + "/shop",
                toPath: project.directory.path + "/copy"
            )
        }
        #expect(second.lines == whole)
    }

    @Test(
        "what asks for work each time has no receipt",
        arguments: ["--pull", "--force-recreate", "--json", "--dry-run"]
    )
    func noReceipt(option: String) async throws {
        var project = try Project()
        project.arguments = ["up", option]
        try await FakeDaemon.serving { request in
            request.line == "PUT /stacks/shop"
                ? .json(200, Samples.deployment(.succeeded)) : .json(200, ["changes": [String]()])
        } _: { [project] server in
            _ = await project.run(server)
            _ = await project.run(server)
            #expect(Set(server.requests.map(\.line)).count == 1)
            #expect(!server.requests.map(\.line).contains("POST /stacks/shop/confirm"))
        }
    }

    @Test("standard input has no receipt")
    func standardInput() async throws {
        var project = try Project()
        project.arguments = ["up", "-f", "-"]
        project.input = ScriptedInput(content: Samples.compose)
        #expect(try await twice(SettledDaemon(), project).lines == whole)
    }

    @Test("a daemon that does not confirm is sent the project")
    func notConfirmed() async throws {
        let daemon = SettledDaemon()
        let second = try await twice(daemon) { _ in daemon.confirms.withLock { $0 = false } }
        #expect(second.lines == short + whole)
        #expect(second.run.code == 0)
    }

    @Test("a daemon that is gone is reported, as ever")
    func noDaemon() async throws {
        let project = try Project()
        var socket = ""
        try await FakeDaemon.serving { _ in
            .json(200, Samples.deployment(.succeeded))
        } _: {
            _ = await project.run($0)
        }
        socket = "/tmp/homie-cli-nobody.sock"
        let run = await CommandRun(
            project.arguments,
            environment: project.environment.merging(["HOMIE_SOCKET": socket]) { _, new in new },
            directory: project.folder
        )
        #expect(run.code == ErrorKind.unreachable.exitCode)
    }

    @Test("a receipt that is torn or not this user's alone is not believed", arguments: [true, false])
    func distrust(isTorn: Bool) async throws {
        let second = try await twice { project in
            let file = try #require(try project.receipts.first)
            if isTorn {
                let text = try #require(FileManager.default.contents(atPath: file))
                #expect(FileManager.default.createFile(atPath: file, contents: text.dropLast(3)))
            } else {
                try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: file)
            }
        }
        #expect(second.lines == whole)
    }

    @Test("a receipt holds no value of a variable or file")
    func discretion() async throws {
        let project = try Project()
        _ = try await twice(SettledDaemon(), project)
        let files = try project.receipts
        #expect(files.count == 1)
        for file in files {
            let text = String(decoding: try #require(FileManager.default.contents(atPath: file)), as: UTF8.self)
            #expect(!text.contains("secret") && !text.contains("red"))
            let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test("a receipt survives being written and read")
    func text() throws {
        let digest = ContentDigest(of: Array("abc".utf8))
        let receipt = Receipt(
            stack: Samples.shop,
            request: digest,
            serviceCount: 2,
            socket: "/run/a socket",
            warnings: ["look at this"],
            observations: [
                Observation(path: "/a b", answer: .content(digest)), Observation(path: "/c", answer: .absent),
                Observation(path: "/d", answer: .fact(.directory, false)),
            ]
        )
        let text = try #require(receipt.text)
        #expect(Receipt(parsing: text) == receipt)
        for cut in 1..<text.utf8.count { #expect(Receipt(parsing: String(text.dropLast(cut))) == nil) }
    }

    @Test("an answer is taken when it is here whole", arguments: [0, 5, 40])
    func answer(missing: Int) {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"state\":1}"
        let answer = DaemonQuestion.parse(Array(text.utf8.dropLast(missing)))
        #expect((answer?.status == 200) == (missing == 0))
        #expect(answer.map { $0.body.count } ?? 11 == 11)
    }
}
