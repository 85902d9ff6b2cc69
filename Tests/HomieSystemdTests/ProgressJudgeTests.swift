import Testing

@testable import HomieSystemd

struct ProgressJudgeTests {
    @Test func `start-up counts as progress`() {
        var judge = ProgressJudge(limit: .seconds(10), count: 0, now: .seconds(100))
        #expect(judge.verdict(count: 0, now: .seconds(110)) == .feed)
    }

    @Test func `starves once the last mark is older than the limit`() {
        var judge = ProgressJudge(limit: .seconds(10), count: 0, now: .zero)
        #expect(judge.verdict(count: 1, now: .seconds(5)) == .feed)
        #expect(judge.verdict(count: 1, now: .seconds(15)) == .feed)
        #expect(judge.verdict(count: 1, now: .seconds(16)) == .starve(stalled: .seconds(11)))
        #expect(judge.verdict(count: 1, now: .seconds(30)) == .starve(stalled: .seconds(25)))
    }

    @Test func `feeds again as soon as the work gets on`() {
        var judge = ProgressJudge(limit: .seconds(1), count: 5, now: .zero)
        #expect(judge.verdict(count: 5, now: .seconds(2)) == .starve(stalled: .seconds(2)))
        #expect(judge.verdict(count: 6, now: .seconds(3)) == .feed)
    }

    @Test func `a counter that wraps around is still progress`() {
        var judge = ProgressJudge(limit: .seconds(1), count: .max, now: .zero)
        #expect(judge.verdict(count: 0, now: .seconds(2)) == .feed)
    }
}
