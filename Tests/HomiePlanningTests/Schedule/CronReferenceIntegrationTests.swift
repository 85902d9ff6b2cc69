import Foundation
import HomieModel
import HomiePlanning
import Testing

/// Compares with `croniter` of PyPI, which `scripts/lib/reference-python` installs (HOMIE_TEST_PYTHON).
///
/// Known differences: croniter takes a range of one number (`2-2`) for all numbers, and around a change of the clocks it
/// neither keeps a skipped run nor leaves out a doubled one as crontab(5) says; pairs in which either answer lies within
/// a day of a change are left to the walk over every minute.
@Suite struct CronReferenceIntegrationTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let python = environment["HOMIE_TEST_PYTHON"] ?? ""
    /// Pairs of an expression and a time; `HOMIE_TEST_CRON_PAIRS` asks for more or fewer.
    private static let pairs = environment["HOMIE_TEST_CRON_PAIRS"].flatMap { Int($0) } ?? 100_000
    static let isPossible = !python.isEmpty || environment["HOMIE_TEST_REQUIRE_METRICS"] == "1"

    @Test(.enabled(if: isPossible)) func `100,000 seeded pairs of expression and time give what croniter gives`() throws
    {
        var random = SeededGenerator(seed: 20_260_101)
        let zones = try ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"].map {
            ($0, try ZoneFiles.rules($0))
        }
        var lines: [String] = []
        var found: [Int64] = []
        var leftOut = 0
        while found.count < Self.pairs {
            let sample = CronSample(&random)
            let ranges = sample.text.split { " ,/".contains($0) }.map { $0.split(separator: "-") }
            guard !ranges.contains(where: { $0.count == 2 && $0[0] == $0[1] }) else { continue }
            let expression = try CronExpression(parsing: sample.text)
            for _ in 0..<10 {
                let (name, zone) = zones.randomElement(using: &random) ?? ("UTC", .utc)
                let start = Int64.random(in: 1_000_000_000...2_500_000_000, using: &random)
                let next = try #require(expression.next(after: Timestamp(nanoseconds: start * 1_000_000_000), in: zone))
                let second = next.nanoseconds / 1_000_000_000
                let segment = zone.segment(at: second)
                let isNearChange =
                    start < segment.start && second < segment.start + 86_400
                    || segment.end < .max && second > segment.end - 86_400
                    || zone.segment(at: start).end < start + 86_400
                if isNearChange {
                    leftOut += 1
                    continue
                }
                lines.append("\(start)\t\(name)\t\(sample.text)")
                found.append(second)
            }
        }
        #expect(leftOut < max(100, Self.pairs / 20))
        let script = """
            import sys, datetime as d, zoneinfo
            from croniter import croniter
            for line in sys.stdin:
                start, zone, text = line.rstrip("\\n").split("\\t")
                begin = d.datetime.fromtimestamp(int(start), zoneinfo.ZoneInfo(zone))
                print(int(croniter(text, begin, implement_cron_bug=True).get_next(d.datetime).timestamp()))
            """
        let output = try Reference.run(Self.python, ["-c", script], input: lines.joined(separator: "\n"))
        let expected = String(decoding: output, as: UTF8.self).split(separator: "\n").compactMap { Int64($0) }
        #expect(expected.count == found.count)
        let rules = Dictionary(uniqueKeysWithValues: zones)
        let wrong = zip(lines, zip(found, expected)).filter { line, answers in
            guard answers.0 != answers.1 else { return false }
            let zone = rules[String(line.split(separator: "\t")[1])] ?? .utc
            return zone.segment(at: answers.1 - 86_400) == zone.segment(at: answers.1 + 86_400)
        }
        let isSame = wrong.isEmpty
        #expect(isSame, "\(wrong.count) differ, such as \(wrong.prefix(5).map { "\($0.0) \($0.1)" })")
    }
}
