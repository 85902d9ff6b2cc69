/// Rows under titles, aligned. What stands in the cells is taken as coming from outside (``SafeText``).
public struct Table: Sendable {
    private let titles: [String]
    private let alignsRight: [Bool]
    private let rows: [[Cell]]

    public init<Row>(_ rows: [Row], columns: [Column<Row>]) {
        titles = columns.map(\.title)
        alignsRight = columns.map { if case .right = $0.alignment { true } else { false } }
        self.rows = rows.map { row in
            columns.map { column in
                var cell = column.cell(row)
                cell.text = SafeText.line(cell.text)
                return cell
            }
        }
    }

    /// The lines, each ended by a line feed. A column without anything in it is left out; with `width`, the last
    /// column is cut so that lines do not wrap.
    public func text(_ palette: Palette, width: Int? = nil) -> String {
        let shown = titles.indices.filter { index in rows.contains { !$0[index].text.isEmpty } }
        guard let last = shown.last else { return "" }
        let widths = titles.indices.map { index in
            rows.reduce(DisplayWidth.of(titles[index])) { max($0, DisplayWidth.of($1[index].text)) }
        }
        let before = shown.dropLast().reduce(0) { $0 + widths[$1] + 2 }
        let room = width.map { max(8, $0 - before) } ?? .max
        let header = titles.map { Cell($0, .faint) }
        return ([header] + rows).map { row in
            var line = ""
            for index in shown {
                let isLast = index == last
                let text = isLast ? DisplayWidth.truncated(row[index].text, to: room) : row[index].text
                let painted = palette.paint(text, row[index].style)
                let padding = String(repeating: " ", count: max(0, widths[index] - DisplayWidth.of(text)))
                if alignsRight[index] {
                    line += (isLast && room < widths[index] ? "" : padding) + painted
                } else {
                    line += isLast ? painted : painted + padding
                }
                if !isLast { line += "  " }
            }
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}
