import HomieProcess
import Testing

struct ChildProcessTests {
    @Test("more than a pipe holds goes in and comes out at the same time")
    func conversation() async throws {
        let input = [UInt8](repeating: 0x61, count: 1_000_000)
        let result = try await ChildProcess(program: "cat", arguments: []).run(input: input, timeLimit: .seconds(60))
        #expect(result.output == input && result.exitCode == 0)
    }

    @Test("both outputs and the exit code are kept apart")
    func outputs() async throws {
        let process = ChildProcess(
            program: "sh",
            arguments: ["-c", "echo out; echo err >&2; exit 3"],
            standardError: .kept
        )
        let result = try await process.run(timeLimit: .seconds(60))
        #expect(result.text == "out\n" && result.complaintText == "err\n" && result.exitCode == 3)
    }

    @Test("a program that does not read its input costs nobody his life")
    func brokenPipe() async throws {
        let input = [UInt8](repeating: 0x61, count: 1_000_000)
        let result = try await ChildProcess(program: "true", arguments: []).run(input: input, timeLimit: .seconds(60))
        #expect(result.exitCode == 0)
    }

    @Test("output without end is cut, and the program still ends")
    func flood() async throws {
        let process = ChildProcess(program: "head", arguments: ["-c", "5000000", "/dev/zero"])
        let result = try await process.run(timeLimit: .seconds(60))
        #expect(result.output.count == 1 << 20 && result.exitCode == 0)
    }

    @Test("what takes too long is killed, and what is not there is named so")
    func failures() async throws {
        await #expect(throws: ChildProcess.Failure.timedOut) {
            try await ChildProcess(program: "sleep", arguments: ["60"]).run(timeLimit: .milliseconds(200))
        }
        await #expect(throws: ChildProcess.Failure.self) {
            try await ChildProcess(program: "homie-no-such-program", arguments: []).run(timeLimit: .seconds(5))
        }
    }

    @Test("variables are added to the environment, in the place of those of the same name")
    func environment() async throws {
        let process = ChildProcess(
            program: "sh",
            arguments: ["-c", "echo $LC_ALL $HOMIE_X; test -n \"$PATH\""],
            environment: ["LC_ALL": "C.UTF-8", "HOMIE_X": "a b"]
        )
        let result = try await process.run(timeLimit: .seconds(60))
        #expect(result.text == "C.UTF-8 a b\n" && result.exitCode == 0)
    }

    @Test("a program that was killed is not taken for one that ended")
    func killed() async throws {
        let process = ChildProcess(program: "sh", arguments: ["-c", "kill -9 $$"])
        #expect(try await process.run(timeLimit: .seconds(60)).exitCode == 137)
    }
}
