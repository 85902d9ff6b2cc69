/// How a list is printed.
public enum ListForm: Sendable, Hashable {
    case table
    /// Only what identifies each row, one a line, for scripts.
    case quiet
    case json
}

/// One list of things that can be printed in every form.
public struct Listing<Document: Encodable> {
    private let document: Document
    private let table: Table
    private let identities: [String]
    private let isEmpty: Bool
    private let nothing: String

    /// - Parameters:
    ///   - document: what the JSON form holds.
    ///   - rows: what the table holds.
    ///   - identity: what the quiet form holds of a row, if anything.
    ///   - nothing: what is said when there are no rows.
    public init<Row>(
        _ document: Document,
        rows: [Row],
        columns: [Column<Row>],
        nothing: String,
        identity: (Row) -> String?
    ) {
        self.document = document
        self.nothing = nothing
        isEmpty = rows.isEmpty
        table = Table(rows, columns: columns)
        identities = rows.compactMap(identity).map(SafeText.line)
    }

    public func text(_ form: ListForm, palette: Palette, width: Int? = nil) throws -> String {
        switch form {
        case .json: try JSONOutput.document(document)
        case .quiet: identities.map { $0 + "\n" }.joined()
        case .table: isEmpty ? nothing + "\n" : table.text(palette, width: width)
        }
    }
}

extension ConsoleStream {
    public func print<Document>(_ listing: Listing<Document>, as form: ListForm) throws {
        try write(listing.text(form, palette: palette, width: size?.columns))
    }
}
