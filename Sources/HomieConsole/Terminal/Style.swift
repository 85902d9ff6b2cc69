/// What a piece of text means; the palette decides how that looks.
public enum Style: Sendable, Hashable {
    case plain, strong, faint, good, busy, warning, bad
    /// One of a few colours that tell sources apart.
    case source(Int)

    /// The parameters of the colour sequence (ECMA-48, SGR).
    var code: String? {
        switch self {
        case .plain: nil
        case .strong: "1"
        case .faint: "2"
        case .good: "32"
        case .busy: "36"
        case .warning: "33"
        case .bad: "31"
        case .source(let index): Self.sourceCodes[abs(index % Self.sourceCodes.count)]
        }
    }

    private static let sourceCodes = ["36", "33", "32", "35", "34", "96", "93", "92", "95", "94"]
}

/// Colours, when they are wanted.
public struct Palette: Sendable, Hashable {
    public let isColoured: Bool

    public init(isColoured: Bool) { self.isColoured = isColoured }

    /// Colours only where a person looks: on a terminal that is not `dumb`, and not with `NO_COLOR` (no-color.org).
    public init(isTerminal: Bool, environment: [String: String]) {
        isColoured = isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    public func paint(_ text: String, _ style: Style) -> String {
        guard isColoured, !text.isEmpty, let code = style.code else { return text }
        return "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }
}
