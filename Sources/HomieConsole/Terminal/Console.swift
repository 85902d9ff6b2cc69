#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// How large a terminal is, in characters.
public struct TerminalSize: Sendable, Hashable {
    public var columns: Int
    public var rows: Int

    public init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
    }
}

/// One stream of text out of a program: where it goes, and what is there.
public struct ConsoleStream: Sendable {
    private let sink: any TextSink
    /// The size of the terminal at the other end, asked anew each time; nil when there is none.
    private let measure: @Sendable () -> TerminalSize?
    public let palette: Palette

    public init(
        _ sink: any TextSink,
        palette: Palette = Palette(isColoured: false),
        measure: @escaping @Sendable () -> TerminalSize? = { nil }
    ) {
        self.sink = sink
        self.palette = palette
        self.measure = measure
    }

    /// A descriptor of this process.
    public init(descriptor: Int32, environment: [String: String]) {
        let isTerminal = isatty(descriptor) == 1
        self.init(
            DescriptorSink(descriptor),
            palette: Palette(isTerminal: isTerminal, environment: environment),
            measure: { isTerminal ? Self.size(of: descriptor) : nil }
        )
    }

    public var size: TerminalSize? { measure() }
    public var isTerminal: Bool { size != nil }

    public func write(_ text: String) throws(ConsoleError) { if !text.isEmpty { try sink.write(text) } }

    /// Writes the text and a line feed.
    public func print(_ line: String) throws(ConsoleError) { try sink.write(line + "\n") }

    private static func size(of descriptor: Int32) -> TerminalSize {
        var window = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0 else {
            return TerminalSize(columns: 80, rows: 24)
        }
        return TerminalSize(columns: Int(window.ws_col), rows: Int(window.ws_row))
    }
}

/// What a command-line program talks with: results go to `output`, everything else to `errors`.
public struct Console: Sendable {
    public let output: ConsoleStream
    public let errors: ConsoleStream

    public init(output: ConsoleStream, errors: ConsoleStream) {
        self.output = output
        self.errors = errors
    }

    /// Standard output and standard error of this process.
    public init(environment: [String: String]) {
        output = ConsoleStream(descriptor: STDOUT_FILENO, environment: environment)
        errors = ConsoleStream(descriptor: STDERR_FILENO, environment: environment)
    }
}
