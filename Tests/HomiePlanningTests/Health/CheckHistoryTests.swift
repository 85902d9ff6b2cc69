import HomieModel
import HomiePlanning
import Testing

@Suite struct CheckHistoryTests {
    private let probe = ProbeDefinition(
        kind: .tcp(port: 80),
        interval: .seconds(15),
        startPeriod: .seconds(30),
        retries: 3
    )

    /// Takes in results a second apart; returns the health after each.
    private func healths(_ history: inout CheckHistory, _ results: [Bool], from second: Double) -> [ObservedContainer
        .Health]
    {
        results.enumerated().map { offset, isPassed in
            let now = TimeSpan.seconds(second + Double(offset))
            let before = history.health
            let isNews = history.note(isPassed: isPassed, probe, now: now)
            #expect(isNews == (before != history.health))
            return history.health
        }
    }

    @Test func `failures of the start period do not count, later ones make it unhealthy`() {
        var history = CheckHistory(start: .seconds(100))
        #expect(Set(healths(&history, Array(repeating: false, count: 29), from: 100)) == [.starting])
        let later = healths(&history, [false, false, false, true], from: 131)
        #expect(later == [.starting, .starting, .unhealthy, .healthy])
    }

    @Test func `after the first success the start period is over`() {
        var history = CheckHistory(start: .seconds(0))
        let all = healths(&history, [true, false, false, false], from: 1)
        #expect(all == [.healthy, .healthy, .healthy, .unhealthy])
    }

    @Test func `checks come fast at first, then with a tenth of jitter`() {
        var history = CheckHistory(start: .seconds(0))
        #expect(history.pause(probe, chance: 0.5) <= .milliseconds(50))
        _ = history.note(isPassed: true, probe, now: .seconds(1))
        #expect(history.pause(probe, chance: 0) == .seconds(13.5))
        #expect(history.pause(probe, chance: 1) == .seconds(16.5))
        _ = history.note(isPassed: false, probe, now: .seconds(2))
        #expect(history.pause(probe, chance: 1) == .seconds(5))
    }
}
