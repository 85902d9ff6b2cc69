import HomieConsole
import Testing

@Suite("Tables and lists")
struct TableTests {
    struct Row: Encodable, Sendable {
        var name: String
        var count: Int
        var note: String
    }

    private let plain = Palette(isColoured: false)
    private let rows = [Row(name: "web", count: 12, note: "fine"), Row(name: "database", count: 3, note: "")]

    private func listing(_ rows: [Row]) -> Listing<[Row]> {
        Listing(
            rows,
            rows: rows,
            columns: [
                Column("NAME") { Cell($0.name, .good) },
                Column("COUNT", .right) { Cell(String($0.count)) },
                Column("NOTE") { Cell($0.note) },
            ],
            nothing: "Nothing is here.",
            identity: { $0.name }
        )
    }

    @Test("columns are aligned, numbers to the right")
    func alignment() throws {
        #expect(
            try listing(rows).text(.table, palette: plain) == """
                NAME      COUNT  NOTE
                web          12  fine
                database      3

                """
        )
    }

    @Test("a column with nothing in it is left out")
    func emptyColumn() throws {
        let text = try listing([Row(name: "web", count: 1, note: "")]).text(.table, palette: plain)
        #expect(text == "NAME  COUNT\nweb       1\n")
    }

    @Test("colours do not disturb the alignment")
    func colours() throws {
        let text = try listing(rows).text(.table, palette: Palette(isColoured: true))
        #expect(text.contains("\u{1B}[32mweb\u{1B}[0m          12  fine"))
    }

    @Test("the last column is cut to the terminal's width")
    func width() throws {
        let long = [Row(name: "web", count: 1, note: String(repeating: "x", count: 60))]
        let lines = try listing(long).text(.table, palette: plain, width: 30).split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 30 })
        #expect(lines[1].hasSuffix("…"))
    }

    @Test("cells cannot break out of their line")
    func escaping() throws {
        let text = try listing([Row(name: "a\nb\u{1B}[2J", count: 1, note: "")]).text(.table, palette: plain)
        #expect(text.split(separator: "\n").count == 2)
        #expect(!text.contains("\u{1B}"))
    }

    @Test("the quiet form has one name in each line")
    func quiet() throws { #expect(try listing(rows).text(.quiet, palette: plain) == "web\ndatabase\n") }

    @Test("JSON is one document with sorted keys")
    func json() throws {
        #expect(
            try listing([rows[0]]).text(.json, palette: plain) == """
                [
                  {
                    "count": 12,
                    "name": "web",
                    "note": "fine"
                  }
                ]

                """
        )
        #expect(try listing([]).text(.json, palette: plain) == "[]\n")
    }

    @Test("an empty table says so")
    func empty() throws { #expect(try listing([]).text(.table, palette: plain) == "Nothing is here.\n") }
}
