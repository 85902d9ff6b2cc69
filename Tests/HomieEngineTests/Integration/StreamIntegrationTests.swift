import HomieModel
import HomieSupervisor
import Logging
import Testing

@testable import HomieEngine

@Suite(.enabled(if: EngineFixture.isExpected, "HOMIE_TEST_DOCKER_SOCKET is not set"))
struct StreamIntegrationTests {
    @Test(arguments: [false, true])
    func `a log is followed to its end, with and without a terminal`(hasTTY: Bool) async throws {
        try await EngineFixture.with(hasTTY ? "logtty" : "log") { fixture in
            try await fixture.makeNetwork()
            let recipe = try await fixture.recipe {
                $0.hasTTY = hasTTY
                $0.command = ["sh", "-c", "for i in 1 2 3; do echo line $i; sleep 0.2; done; echo oops >&2; sleep 0.2"]
            }
            let id = try await fixture.engine.create(recipe)
            try await fixture.engine.start(id)
            var lines: [LogLine] = []
            for try await line in try await fixture.engine.logs(id, options: LogOptions(follows: true)) {
                lines.append(line)
            }
            #expect(lines.map(\.text) == ["line 1", "line 2", "line 3", "oops"])
            #expect(lines.last?.channel == (hasTTY ? .stdout : .stderr))
            #expect(lines.allSatisfy { $0.at != nil })
            var tail: [String] = []
            for try await line in try await fixture.engine.logs(id, options: LogOptions(tail: 2)) {
                tail.append(line.text)
            }
            #expect(tail == ["line 3", "oops"])
            let since = try #require(lines[1].at)
            var later: [String] = []
            for try await line in try await fixture.engine.logs(id, options: LogOptions(since: since)) {
                later.append(line.text)
            }
            #expect(later == ["line 2", "line 3", "oops"])
        }
    }

    @Test func `a line longer than the engine's parts is one line`() async throws {
        try await EngineFixture.with("long") { fixture in
            try await fixture.makeNetwork()
            let recipe = try await fixture.recipe {
                $0.command = ["sh", "-c", "head -c 50000 /dev/zero | tr '\\0' x; echo; echo end"]
            }
            let id = try await fixture.engine.create(recipe)
            try await fixture.engine.start(id)
            var lines: [LogLine] = []
            for try await line in try await fixture.engine.logs(id, options: LogOptions(follows: true)) {
                lines.append(line)
            }
            #expect(lines.map(\.text.count) == [50000, 3])
        }
    }

    @Test func `following a log ends when its task is cancelled`() async throws {
        try await EngineFixture.with("cancel") { fixture in
            try await fixture.makeNetwork()
            let id = try await fixture.engine.create(try await fixture.recipe())
            try await fixture.engine.start(id)
            let reading = Task {
                for try await _ in try await fixture.engine.logs(id, options: LogOptions(follows: true)) {}
            }
            try await Task.sleep(for: .milliseconds(300))
            reading.cancel()
            let start = ContinuousClock.now
            _ = await reading.result
            #expect(ContinuousClock.now - start < .seconds(60))
        }
    }

    @Test func `a command gives its output and exit code, cut and in time`() async throws {
        try await EngineFixture.with("exec") { fixture in
            try await fixture.makeNetwork()
            let id = try await fixture.engine.create(try await fixture.recipe())
            try await fixture.engine.start(id)
            let both = try await fixture.shell("echo out; echo err >&2; exit 3", in: id)
            #expect(both.exitCode == 3)
            #expect(both.output.contains("out\n") && both.output.contains("err\n"))
            let long = try await fixture.shell("head -c 300000 /dev/zero | tr '\\0' x", in: id)
            #expect(long.exitCode == 0)
            #expect(long.output.utf8.count == 64 * 1024)
            let start = ContinuousClock.now
            await #expect {
                _ = try await fixture.engine.execute(["sleep", "20"], in: id, timeout: .milliseconds(300))
            } throws: { error in
                guard case EngineError.commandTimedOut = error else { return false }
                return true
            }
            #expect(ContinuousClock.now - start < .seconds(19))
            let missing = try await fixture.engine.execute(["/nonexistent"], in: id, timeout: .seconds(5))
            #expect(missing.exitCode == 126 || missing.exitCode == 127)
        }
    }

    @Test func `events tell of a container's life, from the connection on`() async throws {
        try await EngineFixture.with("events") { fixture in
            try await fixture.makeNetwork()
            let recipe = try await fixture.recipe { $0.environment = ["EXIT_AFTER": "0", "EXIT_CODE": "7"] }
            var iterator = fixture.engine.events().makeAsyncIterator()
            #expect(await iterator.next() == .connected)
            let id = try await fixture.engine.create(recipe)
            try await fixture.engine.start(id)
            var actions: [String] = []
            var exitCode: String?
            while actions.last != "die", let event = await iterator.next() {
                guard case .container(id, let action, let attributes, let at) = event else { continue }
                actions.append(action)
                exitCode = attributes["exitCode"]
                #expect(at.nanoseconds > 1_700_000_000_000_000_000)
            }
            #expect(actions == ["create", "start", "die"])
            #expect(exitCode == "7")
        }
    }

    @Test func `an engine that is not there is unreachable, and its events say so once`() async throws {
        let engine = DockerEngine(socketPath: "/nonexistent/docker.sock", logger: .init(label: "test"))
        await #expect {
            _ = try await engine.containers()
        } throws: { ($0 as? any UserFacingError)?.kind == .unreachable }
        var iterator = engine.events().makeAsyncIterator()
        let first = await iterator.next()
        #expect(first == .disconnected(reason: "cannot reach the Docker Engine at /nonexistent/docker.sock"))
    }
}
