import HomieModel
import Testing

struct MaintenanceWindowTests {
    private func at(_ text: String) throws -> Timestamp { try #require(Timestamp(rfc3339: text)) }

    @Test("a window of some days is open on these days only")
    func days() throws {
        let window = try MaintenanceWindow(parsing: "mon-wed 02:00-05:00")
        // 2026-11-23 is a Monday.
        #expect(window.contains(try at("2026-11-23T02:00:00Z"), offset: .seconds(0)))
        #expect(window.contains(try at("2026-11-25T04:59:59Z"), offset: .seconds(0)))
        #expect(!window.contains(try at("2026-11-25T05:00:00Z"), offset: .seconds(0)))
        #expect(!window.contains(try at("2026-11-26T03:00:00Z"), offset: .seconds(0)))
        #expect(
            window.next(at: try at("2026-11-25T05:00:00Z"), offset: .seconds(0)) == (try at("2026-11-30T02:00:00Z"))
        )
        #expect(window.description == "mon,tue,wed 02:00-05:00")
    }

    @Test("a window past midnight belongs to the day it begins on")
    func pastMidnight() throws {
        let window = try MaintenanceWindow(parsing: "sat 23:30-04:00")
        #expect(window.contains(try at("2026-11-28T23:45:00Z"), offset: .seconds(0)))
        #expect(window.contains(try at("2026-11-29T03:59:00Z"), offset: .seconds(0)))
        #expect(!window.contains(try at("2026-11-28T03:00:00Z"), offset: .seconds(0)))
    }

    @Test("times of the day are local")
    func local() throws {
        let window = try MaintenanceWindow(parsing: "02:00-03:00")
        let offset = TimeSpan.seconds(3600)
        #expect(window.contains(try at("2026-11-24T01:30:00Z"), offset: offset))
        #expect(!window.contains(try at("2026-11-24T02:30:00Z"), offset: offset))
        #expect(window.next(at: try at("2026-11-24T02:30:00Z"), offset: offset) == (try at("2026-11-25T01:00:00Z")))
    }

    @Test(
        "text that is no window is refused",
        arguments: ["", "02:00", "25:00-26:00", "foo 02:00-03:00", "02:00-02:00", "2-3"]
    )
    func refuses(_ text: String) {
        #expect(throws: UpdateModelError.window(text)) { try MaintenanceWindow(parsing: text) }
    }
}
