import HomieModel
import Testing

@testable import homie_cli

@Suite("homie down")
struct DownTests {
    private let answer: FakeDaemon.Answer = { request in
        switch request.method {
        case "DELETE": .json(200, Samples.deployment(.succeeded, kind: .down))
        default: .json(200, Samples.stack([Samples.status("web", containers: 2)]))
        }
    }

    @Test("--yes removes at once; volumes stay unless told")
    func yes() async throws {
        try await FakeDaemon.serving(answer) { daemon in
            let run = await CommandRun("down", "shop", "--yes", daemon: daemon)
            #expect(run.code == 0)
            #expect(run.output == "shop: removed; its volumes stay (12.4 s)\n")
            _ = await CommandRun("down", "shop", "-y", "--volumes", daemon: daemon)
            #expect(daemon.requests.map(\.line) == ["DELETE /stacks/shop", "DELETE /stacks/shop?volumes=true"])
        }
    }

    @Test("without --yes a person is asked", arguments: [("y\n", 0), ("n\n", 5), ("", 5)] as [(String, Int32)])
    func asks(input: String, code: Int32) async throws {
        try await FakeDaemon.serving(answer) { daemon in
            let run = await CommandRun(
                "down",
                "shop",
                daemon: daemon,
                input: ScriptedInput(content: input, isTerminal: true)
            )
            #expect(run.code == code)
            #expect(run.errors.hasPrefix("Remove 'shop': 2 containers, networks; volumes stay? [y/N] "))
            #expect(daemon.requests.contains { $0.method == "DELETE" } == (code == 0))
        }
    }

    @Test("when nobody can be asked, nothing is done")
    func nobody() async throws {
        try await FakeDaemon.serving(answer) { daemon in
            let run = await CommandRun("down", "shop", daemon: daemon)
            #expect(run.code == 5)
            #expect(run.errors.contains("hint: add --yes"))
            #expect(!daemon.requests.contains { $0.method == "DELETE" })
        }
    }

    @Test("--dry-run shows what would go")
    func dryRun() async throws {
        try await FakeDaemon.serving(answer) { daemon in
            let run = await CommandRun("down", "shop", "--dry-run", daemon: daemon)
            #expect(run.code == 0)
            #expect(run.output.contains("remove  container  shop-web-2"))
            #expect(run.output.contains("keep    volume"))
            #expect(daemon.requests.map(\.method) == ["GET"])
        }
    }

    @Test("a removal that runs is waited for, until the stack is gone")
    func waits() async throws {
        try await FakeDaemon.serving { request in
            switch request.line {
            case "DELETE /stacks/shop": .json(202, Samples.deployment(.running, kind: .down))
            case "GET /stacks/shop": Samples.problem(.notFound, "there is no stack 'shop'")
            case "GET /deployments/7": .json(200, Samples.deployment(.succeeded, kind: .down))
            default: .stream(AsyncStream { _ in })
            }
        } _: { daemon in
            #expect(await CommandRun("down", "shop", "--yes", daemon: daemon).code == 0)
        }
    }

    @Test("without a name it is the project of this directory")
    func project() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("compose.yaml", Samples.compose)
        try await FakeDaemon.serving(answer) { daemon in
            _ = await CommandRun("down", "--yes", daemon: daemon, directory: directory.path)
            _ = await CommandRun("down", "--yes", "-p", "other", daemon: daemon)
            #expect(daemon.requests.map(\.line) == ["DELETE /stacks/shop", "DELETE /stacks/other"])
        }
    }
}
