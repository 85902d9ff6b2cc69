import HomieModel
import Testing

@testable import homie_cli

@Suite("Exit codes")
struct FailureTests {
    @Test(
        "the kind of a problem decides the exit code",
        arguments: [
            (ErrorKind.failed, 1), (.usage, 2), (.tooLarge, 2), (.notFound, 3), (.conflict, 4), (.refused, 5),
            (.unhealthy, 6), (.unreachable, 7),
        ] as [(ErrorKind, Int32)]
    )
    func kinds(kind: ErrorKind, code: Int32) async throws {
        try await FakeDaemon.serving { _ in
            Samples.problem(kind, "it is so")
        } _: { daemon in
            let run = await CommandRun("ps", "--stack", "shop", daemon: daemon)
            #expect(run.code == code)
            #expect(run.output.isEmpty)
            #expect(run.errors == "error: it is so\nhint: look again\n")
        }
    }

    @Test("a daemon that is not there is said to be so", arguments: ["stacks", "ps", "doctor", "events", "logs"])
    func unreachable(command: String) async {
        let run = await CommandRun(command)
        #expect(run.code == 7)
        let sentence = "cannot reach the daemon at /tmp/homie-cli-nobody.sock: No such file or directory"
        #expect(run.errors.hasPrefix("error: \(sentence)\nhint: "))
    }

    @Test("a daemon that hangs up is unreachable")
    func hangsUp() async throws {
        try await FakeDaemon.serving { _ in
            .hangUp
        } _: {
            #expect(await CommandRun("stacks", daemon: $0).code == 7)
        }
    }

    @Test("an answer that is not the API's fails with a sentence")
    func nonsense() async throws {
        try await FakeDaemon.serving { _ in
            .text(200, "<html>\u{1B}[2J")
        } _: { daemon in
            let run = await CommandRun("stacks", daemon: daemon)
            #expect(run.code == 1)
            #expect(run.errors.hasPrefix("error: the daemon's answer (status 200) cannot be understood"))
            #expect(!run.errors.contains("\u{1B}"))
        }
    }
}
