/// What stands in one field of a table.
public struct Cell: Sendable, Hashable {
    public var text: String
    public var style: Style

    public init(_ text: String, _ style: Style = .plain) {
        self.text = text
        self.style = style
    }
}

extension Cell: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self.init(value) }
}

/// A column of a table: its title, and what it shows of a row.
public struct Column<Row>: Sendable {
    public enum Alignment: Sendable {
        case left, right
    }

    let title: String
    let alignment: Alignment
    let cell: @Sendable (Row) -> Cell

    public init(_ title: String, _ alignment: Alignment = .left, _ cell: @escaping @Sendable (Row) -> Cell) {
        self.title = title
        self.alignment = alignment
        self.cell = cell
    }
}
