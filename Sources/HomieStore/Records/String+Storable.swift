extension String {
    /// The text as SQLite keeps it whole: it takes a NUL for the text's end (<https://www.sqlite.org/nulinstr.html>), so the
    /// picture of one stands in its place. Text in JSON does not need this: there it is written as an escape.
    var storable: String {
        guard utf8.contains(0) else { return self }
        var text = ""
        for scalar in unicodeScalars { text.unicodeScalars.append(scalar.value == 0 ? "\u{2400}" : scalar) }
        return text
    }
}
