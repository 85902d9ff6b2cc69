import Foundation
import HomiePlanning
import HomieTestSupport
import Testing

@Suite struct TimeZoneTests {
    @Test func `offsets agree with another reader of the files in every zone of the system, from 1900 to 2200`() throws
    {
        let listing = try String(contentsOfFile: ZoneFiles.folder + "zone1970.tab", encoding: .utf8)
        let names = listing.split(separator: "\n").filter { !$0.hasPrefix("#") }
            .compactMap { $0.split(separator: "\t").dropFirst(2).first.map(String.init) }
        #expect(names.count > 300)
        var random = SeededGenerator(seed: 11)
        var jobs: [(name: String, instants: [Int64])] = []
        for name in names {
            // Many near the changes of the coming years, some anywhere.
            var instants = (0..<20).map { _ in Int64.random(in: -2_208_988_800...7_258_118_400, using: &random) }
            let zone = try ZoneFiles.rules(name)
            var instant: Int64 = 1_600_000_000
            for _ in 0..<20 {
                let segment = zone.segment(at: instant)
                if segment.end == .max { break }
                instants += [segment.end - 1, segment.end]
                instant = segment.end
            }
            jobs.append((name, instants))
        }
        let reference = try Reference.offsets(jobs)
        for (job, expected) in zip(jobs, reference) {
            let zone = try ZoneFiles.rules(job.name)
            #expect(job.instants.map { zone.offset(at: $0) } == expected, "\(job.name)")
        }
    }

    @Test func `segments follow one another without a gap, and know the offset before them`() throws {
        for name in ZoneFiles.telling {
            let zone = try ZoneFiles.rules(name)
            var segment = zone.segment(at: -3_000_000_000)
            while segment.end < 8_000_000_000 {
                let next = zone.segment(at: segment.end)
                #expect(next.start == segment.end, "\(name)")
                #expect(next.previousOffset == segment.offset && next.offset != segment.offset, "\(name)")
                #expect(zone.segment(at: next.end == .max ? next.start : next.end - 1) == next, "\(name)")
                segment = next
            }
        }
    }

    @Test func `a damaged file is refused, whatever was done to it`() throws {
        let bytes = try [UInt8](Data(contentsOf: URL(filePath: ZoneFiles.folder + "Europe/Berlin")))
        var random = SeededGenerator(seed: 5)
        for length in [0, 3, 19, 44, bytes.count / 2, bytes.count - 400] {
            #expect(throws: TimeZoneError.self) { try TimeZoneRules(file: Array(bytes.prefix(length)), name: "x") }
        }
        for _ in 0..<3000 {
            var broken = bytes
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                broken[Int.random(in: 0..<broken.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            // It may still be readable; then it must answer.
            if let zone = try? TimeZoneRules(file: broken, name: "x") { _ = zone.offset(at: 4_000_000_000) }
        }
    }

    @Test func `names that lead out of the zone folder are no names`() {
        #expect(TimeZoneTable.isName("Europe/Berlin"))
        #expect(TimeZoneTable.isName("America/Argentina/Buenos_Aires"))
        #expect(TimeZoneTable.isName("Etc/GMT+5"))
        for text in ["", "/etc/passwd", "../x", "Europe/../x", "Europe//Berlin", "a.b"] {
            #expect(!TimeZoneTable.isName(text), "\(text)")
        }
        #expect(TimeZoneTable()["UTC"] == .utc)
        #expect(TimeZoneTable()["Europe/Berlin"] == nil)
    }
}

/// Offsets as Python's `zoneinfo` finds them: another reader of the same files.
enum Reference {
    static func offsets(_ jobs: [(name: String, instants: [Int64])]) throws -> [[Int64]] {
        let script = """
            import sys, json, zoneinfo, datetime as d
            zoneinfo.reset_tzpath(["/usr/share/zoneinfo"])
            epoch = d.datetime(1970, 1, 1, tzinfo=d.timezone.utc)
            def offset(zone, t):
                return int((epoch + d.timedelta(seconds=t)).astimezone(zone).utcoffset().total_seconds())
            print(json.dumps([[offset(zoneinfo.ZoneInfo(n), t) for t in ts] for n, ts in json.load(sys.stdin)]))
            """
        let lines = jobs.map { "[\"\($0.name)\", \($0.instants)]" }
        let output = try run("/usr/bin/python3", ["-c", script], input: "[\(lines.joined(separator: ","))]")
        return try JSONDecoder().decode([[Int64]].self, from: output)
    }

    static func run(_ program: String, _ arguments: [String], input: String) throws -> Data {
        let run = try ProgramRun(program, arguments, input: Data(input.utf8))
        try #require(run.status == 0, "\(run.complaint)")
        return Data(run.output.utf8)
    }
}
