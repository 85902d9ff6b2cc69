public import ArgumentParser
internal import FoundationEssentials
public import HomieConsole

/// `--json`
public struct OutputOptions: ParsableArguments, Sendable {
    @Flag(name: .customLong("json"), help: "Print one JSON document with stable keys.")
    public var isJSON = false

    public init() {}

    public var console: Console { Console(environment: ProcessInfo.processInfo.environment) }

    /// Prints the document, or the lines that say the same to a person.
    public func print(_ document: some Encodable, _ lines: [(String, String?)]) throws {
        let console = console
        if isJSON { return try console.output.write(JSONOutput.document(document)) }
        let width = lines.map(\.0.count).max() ?? 0
        for (label, value) in lines {
            guard let value else { continue }
            let padding = String(repeating: " ", count: width - label.count + 2)
            try console.output.print("\(console.output.palette.paint(label, .faint))\(padding)\(SafeText.line(value))")
        }
    }
}
