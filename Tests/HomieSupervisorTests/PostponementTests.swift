import HomieModel
import HomiePlanning
import HomieTestSupport
import Testing

@testable import HomieSupervisor

@Suite struct PostponementTests {
    @Test func `a stack is planned at once while the engine has room for more`() async throws {
        let bench = try await bench()
        #expect(await bench.supervisor.pretendWork(8, plannedAgo: .milliseconds(0)) == false)
    }

    @Test func `a stack with more in hand than the engine is asked at a time is not planned for every end of it`()
        async throws
    {
        let bench = try await bench()
        #expect(await bench.supervisor.pretendWork(9, plannedAgo: .milliseconds(0)))
    }

    @Test func `a stack that was planned a while ago is planned again however much is in hand`() async throws {
        let bench = try await bench()
        #expect(await bench.supervisor.pretendWork(9, plannedAgo: Supervisor.breath) == false)
    }

    @Test func `what was postponed is planned when its time has come, though nothing else happens`() async throws {
        let bench = try await bench()
        let before = await bench.supervisor.lastPlan
        #expect(await bench.supervisor.pretendWork(9, plannedAgo: .milliseconds(0)))
        let planned = await bench.supervisor.lastPlan
        try await eventually("the stack is planned again") {
            await bench.supervisor.lastPlan != planned ? true : nil
        }
        #expect(before != planned)
    }

    /// One stack in place; nothing looks at it but what the tests bring about.
    private func bench() async throws -> Bench {
        let bench = try await Bench(resync: .seconds(3600))
        await bench.engine.addImage("web")
        _ = try await bench.up(try stack("shop", ["web": service("web")]))
        try await eventually("the loop rests") { await bench.supervisor.isAtRest ? true : nil }
        return bench
    }
}

extension Supervisor {
    fileprivate var lastPlan: TimeSpan? { stacks[stackName("shop")]?.reconciledAt }

    fileprivate var isAtRest: Bool {
        dirty.isEmpty && stale.isEmpty && stacks.values.allSatisfy(\.history.busy.isEmpty)
    }

    /// Whether the stack's next plan is postponed with so much work in hand.
    fileprivate func pretendWork(_ count: Int, plannedAgo span: TimeSpan) -> Bool {
        let name = stackName("shop")
        stacks[name]?.history.busy = Set((0..<count).map { WorkKey.tidying("\($0)") })
        stacks[name]?.reconciledAt = TimeSpan(nanoseconds: clocks.uptime().nanoseconds - span.nanoseconds)
        return isPostponed(name)
    }
}
