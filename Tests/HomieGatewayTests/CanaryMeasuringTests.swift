import Foundation
import HomieModel
import HomiePlanning
import Testing

@testable import HomieGateway

/// What HAProxy notes of the requests of two versions, and what it leads to.
@Suite struct CanaryMeasuringTests {
    private static func line(_ number: Int, _ server: String, _ time: Int, status: Int = 200) -> String {
        "<134>1 homie \(number) web \(server) \(status) \(time)\n"
    }

    private static func at(_ seconds: Int64) -> Timestamp {
        Timestamp(nanoseconds: 1_800_000_000_000_000_000 + seconds * 1_000_000_000)
    }

    /// It was read before.
    private static var readBefore: RequestLog {
        var log = RequestLog()
        log.take("", process: "a", at: at(0))
        return log
    }

    @Test func `what was noted before the first reading counts for nothing`() {
        var log = RequestLog()
        log.take(Self.line(7, "new", 50), process: "a", at: Self.at(10))
        #expect(log.window(new: ["new"], old: [], since: Self.at(0)).new.requests == 0)
        log.take(Self.line(7, "new", 50) + Self.line(8, "new", 50), process: "a", at: Self.at(11))
        #expect(log.window(new: ["new"], old: [], since: Self.at(0)).new.requests == 1)
    }

    @Test func `requests are counted once, those of the time asked for`() {
        var log = Self.readBefore
        log.take(Self.line(1, "new", 50), process: "a", at: Self.at(0))
        let later = (2...5).map { Self.line($0, "new", 10 * $0, status: $0 == 5 ? 503 : 200) }.joined()
        log.take(Self.line(1, "new", 50) + later, process: "a", at: Self.at(10))
        log.take(later, process: "a", at: Self.at(11))
        let window = log.window(new: ["new"], old: ["old"], since: Self.at(5))
        #expect(window.new == TrafficSample(requests: 4, errors: 1, slow: .milliseconds(50)))
        #expect(window.old == TrafficSample())
        #expect(log.window(new: ["new"], old: [], since: Self.at(0)).new.requests == 5)
        // After a reload the numbers begin anew.
        log.take(Self.line(1, "new", 20), process: "b", at: Self.at(12))
        #expect(log.window(new: ["new"], old: [], since: Self.at(5)).new.requests == 5)
    }

    @Test func `a connection that broke is an error, and what asked no server is nobody's`() {
        var log = Self.readBefore
        log.take(
            Self.line(1, "new", -1, status: -1) + Self.line(2, "<NOSRV>", -1, status: 503) + "nonsense\n",
            process: "a",
            at: Self.at(0)
        )
        let window = log.window(new: ["new", "<NOSRV>"], old: [], since: Self.at(0))
        #expect(window.new == TrafficSample(requests: 1, errors: 1))
    }

    @Test func `slow answers of several servers that follow each other are one spell`() {
        var log = CanaryMeasuringTests.readBefore
        let times = [10, 90, 90, 90, 10, 10, 90, 10, 10, 10, 10, 10]
        for (place, time) in times.enumerated() {
            let text =
                Self.line(2 * place + 1, place.isMultiple(of: 2) ? "one" : "two", time)
                + Self.line(2 * place + 2, "old", 20)
            log.take(text, process: "a", at: Self.at(0))
        }
        let window = log.window(new: ["one", "two"], old: ["old"], since: Self.at(0))
        #expect(window.new.slower == 4 && window.slowSpells == 2 && window.slowShares == [0.75, 0.25, 0])
    }

    // MARK: judged

    private struct World {
        var random: SeededGenerator
        /// How many times as slow as the old version.
        var factor = 1.0
        /// How long some stall holds up the new version's answers: all that come in a row then.
        var stall: Int?
        /// A third of all answers, thirty at a time.
        var isAgainAndAgain = false

        /// A window of so many requests of each version: times of a log-normal distribution about 20 ms.
        mutating func verdict(_ requests: Int) -> CanaryJudge.Verdict {
            let begin = Int.random(in: 0..<requests, using: &random)
            var text = ""
            for place in 0..<requests {
                let isStalled = isAgainAndAgain ? place % 90 < 30 : (begin..<(begin + 30)).contains(place)
                let mine = Int(time() * factor) + (isStalled ? stall ?? 0 : 0)
                text += CanaryMeasuringTests.line(2 * place + 1, "new", mine)
                text += CanaryMeasuringTests.line(2 * place + 2, "old", Int(time()))
            }
            var log = CanaryMeasuringTests.readBefore
            log.take(text, process: "a", at: CanaryMeasuringTests.at(0))
            let window = log.window(new: ["new"], old: ["old"], since: CanaryMeasuringTests.at(0))
            return CanaryJudge(CanarySettings()).verdict(window)
        }

        private mutating func time() -> Double {
            let (first, second) = (
                Double.random(in: 0.000_1..<1, using: &random), Double.random(in: 0..<1, using: &random)
            )
            let normal = (-2 * log(first)).squareRoot() * cos(2 * .pi * second)
            return 20 * exp(0.5 * normal)
        }

        mutating func badOnes(of rounds: Int, requests: Int) -> Int {
            (0..<rounds).count { _ in
                if case .bad = verdict(requests) { true } else { false }
            }
        }
    }

    @Test func `a good version passes, stalls of the machine or not, and one that is 30 % slower does not`() {
        var good = World(random: SeededGenerator(seed: 1))
        #expect(good.badOnes(of: 300, requests: 300) <= 3)
        var stalled = World(random: SeededGenerator(seed: 2), stall: 60)
        #expect(stalled.badOnes(of: 300, requests: 60) <= 3)
        #expect(stalled.badOnes(of: 300, requests: 300) <= 3)
        var slower = World(random: SeededGenerator(seed: 3), factor: 1.3)
        #expect(slower.badOnes(of: 300, requests: 1000) >= 285)
        var bursts = World(random: SeededGenerator(seed: 5), stall: 300, isAgainAndAgain: true)
        #expect(bursts.badOnes(of: 300, requests: 400) >= 290)
        var hopeless = World(random: SeededGenerator(seed: 4), factor: 10)
        #expect(hopeless.badOnes(of: 300, requests: 60) == 300)
    }
}
