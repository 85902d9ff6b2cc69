internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// Prints lines of several logs: a coloured label for each container, then the line.
struct LogPrinter {
    let stream: ConsoleStream
    let isJSON: Bool
    let showsTimes: Bool
    let showsLabels: Bool
    private var colours: [String: Int] = [:]
    private var width = 0

    init(stream: ConsoleStream, isJSON: Bool, showsTimes: Bool, showsLabels: Bool) {
        self.stream = stream
        self.isJSON = isJSON
        self.showsTimes = showsTimes
        self.showsLabels = showsLabels
    }

    /// Makes room for these labels; those known keep their colours.
    mutating func prepare(_ sources: [LogSource]) {
        for source in sources where colours[source.label] == nil {
            colours[source.label] = colours.count
            width = max(width, DisplayWidth.of(source.label))
        }
    }

    func text(_ entry: LogEntry, from source: LogSource) throws -> String {
        if isJSON { return try JSONOutput.line(SourcedLine(entry, source.container)) }
        var text = ""
        if showsLabels {
            let label = DisplayWidth.padded(SafeText.line(source.label), to: width)
            text += stream.palette.paint(label + " |", .source(colours[source.label] ?? 0)) + " "
        }
        if showsTimes, let at = entry.at { text += stream.palette.paint(at.rfc3339, .faint) + " " }
        return text + SafeText.logLine(entry.text, keepsColours: stream.palette.isColoured) + "\n"
    }
}
