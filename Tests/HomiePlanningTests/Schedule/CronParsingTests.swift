import HomieModel
import HomiePlanning
import Testing

@Suite struct CronParsingTests {
    private func runs(_ text: String, from start: String, _ count: Int, zone: TimeZoneRules = .utc) throws -> [String] {
        let expression = try CronExpression(parsing: text)
        var current = try #require(Timestamp(rfc3339: start))
        return try (0..<count).map { _ in
            current = try #require(expression.next(after: current, in: zone))
            return String(current.rfc3339.prefix(16))
        }
    }

    @Test func `names, ranges, steps, lists and shortcuts mean what crontab(5) says`() throws {
        let from = "2026-01-01T00:00:00Z"
        #expect(
            try runs("*/20 * * * *", from: from, 3) == ["2026-01-01T00:20", "2026-01-01T00:40", "2026-01-01T01:00"]
        )
        #expect(
            try runs("0 9-17/4 * * MON-Fri", from: from, 3)
                == ["2026-01-01T09:00", "2026-01-01T13:00", "2026-01-01T17:00"]
        )
        #expect(try runs("5,10 0 * feb,APR *", from: from, 2) == ["2026-02-01T00:05", "2026-02-01T00:10"])
        #expect(try runs("0 0 * * 7", from: from, 1) == ["2026-01-04T00:00"])
        #expect(
            try runs("0 0 * * fri-mon", from: from, 4)
                == ["2026-01-02T00:00", "2026-01-03T00:00", "2026-01-04T00:00", "2026-01-05T00:00"]
        )
        #expect(
            try runs("0 22-1 * * *", from: from, 3) == ["2026-01-01T01:00", "2026-01-01T22:00", "2026-01-01T23:00"]
        )
        #expect(try runs("50/5 0 1 1 *", from: from, 2) == ["2026-01-01T00:50", "2026-01-01T00:55"])
        #expect(try runs("@daily", from: from, 1) == ["2026-01-02T00:00"])
        #expect(try runs("@Weekly", from: from, 1) == ["2026-01-04T00:00"])
        #expect(try runs("@yearly", from: from, 1) == ["2027-01-01T00:00"])
    }

    @Test func `a run is strictly after the time asked for, whatever its fraction of a second`() throws {
        let hourly = try CronExpression(parsing: "@hourly")
        let hour = try #require(Timestamp(rfc3339: "2026-05-05T05:00:00Z"))
        let before = Timestamp(nanoseconds: hour.nanoseconds - 1)
        #expect(hourly.next(after: before, in: .utc) == hour)
        #expect(hourly.next(after: hour, in: .utc) == hour + .seconds(3600))
        #expect(hourly.previous(before: hour + .seconds(0.5), in: .utc) == hour)
        #expect(hourly.previous(before: hour, in: .utc)?.rfc3339.prefix(16) == "2026-05-05T04:00")
    }

    @Test func `both day fields restricted means either, one of them open means both`() throws {
        let from = "2026-01-01T00:00:00Z"
        #expect(
            try runs("0 0 13 * fri", from: from, 3) == ["2026-01-02T00:00", "2026-01-09T00:00", "2026-01-13T00:00"]
        )
        #expect(try runs("0 0 */5 * fri", from: from, 2) == ["2026-01-16T00:00", "2026-02-06T00:00"])
    }

    @Test func `the 29th of February comes, also over a century without it`() throws {
        #expect(try runs("0 0 29 2 *", from: "2096-03-01T00:00:00Z", 1) == ["2104-02-29T00:00"])
        let expression = try CronExpression(parsing: "0 0 29 2 */7")
        let found = expression.next(after: Timestamp(nanoseconds: 4_000_000_000_000_000_000), in: .utc)
        #expect(found != nil)
    }

    @Test(arguments: [
        "", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "a * * * *",
        "*/0 * * * *", "1- * * * *", "-1 * * * *", "1,,2 * * * *", "* * L * *", "* * * * 5#2", "@reboot", "@every 5m",
        "? * * * *", "*/ * * * *", "1/2/3 * * * *", "0 0 30 2 *", "0 0 31 4,6,9,11 *", "99999999999999999999 * * * *",
        "* * * jan-foo *", "@daily 5",
    ])
    func `what is no cron expression is refused`(text: String) {
        #expect(throws: CronError.self) { try CronExpression(parsing: text) }
    }
}
