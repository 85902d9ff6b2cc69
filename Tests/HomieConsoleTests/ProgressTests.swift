import HomieConsole
import Testing

@Suite("Progress")
struct ProgressTests {
    private let plain = Palette(isColoured: false)
    private let wide = TerminalSize(columns: 60, rows: 24)

    @Test("without a terminal each change is one line")
    func log() {
        var log = ProgressLog()
        let waiting = ProgressRow(name: "web", state: .waiting, text: "waits for db")
        let done = ProgressRow(name: "db", state: .done, text: "healthy")
        #expect(log.lines([waiting, done]) == "web: waits for db\ndb: healthy\n")
        #expect(log.lines([waiting, done]) == "")
        let started = ProgressRow(name: "web", state: .done, text: "healthy")
        #expect(log.lines([started, done]) == "web: healthy\n")
    }

    @Test("on a terminal the block is drawn over itself")
    func frame() {
        var frame = ProgressFrame()
        let rows = [ProgressRow(name: "web", state: .done, text: "healthy")]
        let first = frame.draw(title: "Deploying shop", rows: rows, size: wide, palette: plain)
        #expect(first == "Deploying shop\u{1B}[K\n  ✓ web healthy\u{1B}[K\n\u{1B}[J")
        let second = frame.draw(title: "Deploying shop", rows: rows, size: wide, palette: plain)
        #expect(second == "\u{1B}[2A\r" + first)
        #expect(frame.clear() == "\u{1B}[2A\r\u{1B}[J")
        #expect(frame.clear() == "")
    }

    @Test("when there is no room, what is finished gives way")
    func room() {
        var frame = ProgressFrame()
        var rows = (1...20).map { ProgressRow(name: "s\($0)", state: .done, text: "healthy") }
        rows[17].state = .failed
        let size = TerminalSize(columns: 60, rows: 8)
        let text = frame.draw(title: "t", rows: rows, size: size, palette: plain)
        #expect(text.contains("✗ s18"))
        #expect(text.contains("… and 16 more"))
        #expect(text.split(separator: "\n").count <= 8)
    }

    @Test("no line is wider than the terminal, whatever is written in it")
    func width() {
        var frame = ProgressFrame()
        let rows = [ProgressRow(name: "web", state: .working, text: String(repeating: "日", count: 80) + "\u{1B}[2J")]
        let size = TerminalSize(columns: 40, rows: 8)
        let text = frame.draw(title: String(repeating: "t", count: 90), rows: rows, size: size, palette: plain)
        for line in text.split(separator: "\n") {
            let shown = line.split(separator: "\u{1B}").first.map(String.init) ?? ""
            #expect(DisplayWidth.of(shown) < 40)
        }
    }
}
