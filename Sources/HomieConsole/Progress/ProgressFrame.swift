/// Progress on a terminal: a block of lines that is drawn over itself.
public struct ProgressFrame: Sendable {
    private var drawnLines = 0
    private var turns = 0
    private static let spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]

    public init() {}

    /// What to write to show `rows` in the place of what was shown before.
    ///
    /// - Parameter title: the first line, e.g. what is deployed and for how long.
    public mutating func draw(
        title: String,
        rows: [ProgressRow],
        size: TerminalSize,
        palette: Palette,
        isLast: Bool = false
    ) -> String {
        turns += 1
        let room = isLast ? rows.count : max(3, size.rows - 3)
        let shown = Self.selection(rows, room: room)
        let nameWidth = rows.reduce(0) { max($0, DisplayWidth.of(SafeText.line($1.name))) }
        var lines = [palette.paint(DisplayWidth.truncated(SafeText.line(title), to: size.columns - 1), .strong)]
        for row in shown { lines.append(line(row, nameWidth: nameWidth, columns: size.columns, palette: palette)) }
        if shown.count < rows.count { lines.append(palette.paint("  … and \(rows.count - shown.count) more", .faint)) }
        let back = Self.back(drawnLines)
        drawnLines = lines.count
        return back + lines.map { $0 + "\u{1B}[K\n" }.joined() + "\u{1B}[J"
    }

    /// What to write to take the block away.
    public mutating func clear() -> String {
        defer { drawnLines = 0 }
        return drawnLines == 0 ? "" : Self.back(drawnLines) + "\u{1B}[J"
    }

    private func line(_ row: ProgressRow, nameWidth: Int, columns: Int, palette: Palette) -> String {
        let sign =
            switch row.state {
            case .waiting: "·"
            case .working: Self.spinner[turns % Self.spinner.count]
            case .done: "✓"
            case .failed: "✗"
            }
        let name = DisplayWidth.padded(SafeText.line(row.name), to: nameWidth)
        let room = max(4, columns - nameWidth - 6)
        let text = DisplayWidth.truncated(SafeText.line(row.text), to: room)
        return "  \(palette.paint(sign, row.style)) \(name) \(palette.paint(text, row.style))"
    }

    /// When not all rows fit, what is not finished comes first; the order stays.
    private static func selection(_ rows: [ProgressRow], room: Int) -> [ProgressRow] {
        guard rows.count > room else { return rows }
        let ranked = rows.indices.sorted { left, right in
            let (first, second) = (rank(rows[left]), rank(rows[right]))
            return first == second ? left < right : first < second
        }
        return ranked.prefix(room - 1).sorted().map { rows[$0] }
    }

    private static func rank(_ row: ProgressRow) -> Int {
        switch row.state {
        case .failed: 0
        case .working: 1
        case .waiting: 2
        case .done: 3
        }
    }

    private static func back(_ lines: Int) -> String { lines == 0 ? "" : "\u{1B}[\(lines)A\r" }
}
