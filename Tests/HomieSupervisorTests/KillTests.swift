import HomieModel
import HomieSupervisor
import HomieTestSupport
import Testing

/// What was killed: by whom is looked into only where it decides what is done.
@Suite struct KillTests {
    private func bench(memory: Int64? = nil) async throws -> Bench {
        let bench = try await Bench(resync: .seconds(3600))
        await bench.engine.addImage("web")
        _ = try await bench.up(
            try stack(
                "shop",
                [
                    "web": service("web") {
                        $0.restart = .always
                        $0.resources.memory = memory.map { ByteCount(bytes: $0) }
                    }
                ]
            )
        )
        // Every start is looked at once, a little later.
        try await eventually("the start was looked at") {
            await bench.engine.conversation.contains("inspect shop-web-1") ? true : nil
        }
        await bench.engine.clearCalls()
        return bench
    }

    /// What was asked of the engine until it was told to start the container again.
    private func untilStart(_ bench: Bench) async throws -> [String] {
        try await eventually("it is started again") {
            let all = await bench.engine.conversation
            return all.firstIndex(of: "start shop-web-1").map { Array(all[...$0]) }
        }
    }

    @Test func `what has no memory limit is started again without a look at why it was killed`() async throws {
        let bench = try await bench()
        await bench.engine.crash("shop-web-1", exitCode: 137)
        #expect(try await untilStart(bench) == ["start shop-web-1"])
    }

    @Test func `what has a memory limit is looked at first, since it may need more`() async throws {
        let bench = try await bench(memory: 64 << 20)
        await bench.engine.crash("shop-web-1", exitCode: 137)
        #expect(try await untilStart(bench) == ["inspect shop-web-1", "start shop-web-1"])
    }

    @Test func `a lack of memory that the engine tells of before the end is the cause of the restart`() async throws {
        let bench = try await bench()
        await bench.engine.tellOutOfMemory("shop-web-1")
        await bench.engine.crash("shop-web-1", exitCode: 137)
        #expect(try await untilStart(bench) == ["start shop-web-1"])
        try await eventually("the story has it") {
            try await bench.supervisor.events(EventQuery(stack: stackName("shop")))
                .contains { $0.message == "'web' was restarted: it ran out of memory" } ? true : nil
        }
    }

    @Test
    func `a lack of memory that the engine tells of after the restart is told, and is not the next ending's cause`()
        async throws
    {
        let bench = try await bench()
        await bench.engine.crash("shop-web-1", exitCode: 137)
        try await bench.running("shop-web-1")
        try await eventually("the restart is known") {
            try await bench.kinds(stackName("shop")).contains("container.restarted") ? true : nil
        }
        await bench.engine.tellOutOfMemory("shop-web-1")
        try await eventually("it is told") {
            try await bench.kinds(stackName("shop")).contains("container.oom") ? true : nil
        }
        await bench.engine.crash("shop-web-1", exitCode: 1)
        try await eventually("the next ending is told as it was") {
            try await bench.supervisor.events(EventQuery(stack: stackName("shop")))
                .contains { $0.message == "'web' ended with exit code 1" } ? true : nil
        }
    }
}
