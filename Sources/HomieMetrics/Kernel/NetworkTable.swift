/// `/proc/net/dev` (proc_net(5)).
enum NetworkTable {
    /// Which number after the colon is what, for receiving; sending begins eight further on.
    static let columns: [(name: String, index: Int)] = [("bytes", 0), ("packets", 1), ("errs", 2), ("drop", 3)]

    static func read(_ text: KernelText) -> [(device: String, values: [Double])] {
        text.bytes.split(separator: 0x0A).dropFirst(2).compactMap { line in
            guard let colon = line.lastIndex(of: 0x3A) else { return nil }
            let values = line[(colon + 1)...].split(separator: 0x20).compactMap { KernelText.number($0) }
            guard values.count >= 16 else { return nil }
            return (String(decoding: line[..<colon].drop { $0 == 0x20 }, as: UTF8.self), values)
        }
    }
}

/// A pressure file: `some avg10=0.00 avg60=0.00 avg300=0.00 total=0` (kernel's Documentation/accounting/psi.rst).
enum PressureText {
    /// The total in seconds of one of its lines.
    static func total(_ text: KernelText, _ kind: StaticString) -> Double? {
        text.number(after: "total=", inLine: kind).map { $0 / 1_000_000 }
    }

    /// The share of the last ten seconds, in percent.
    static func recent(_ text: KernelText, _ kind: String) -> Double? { field(text, kind, "avg10=") }

    private static func field(_ text: KernelText, _ kind: String, _ name: String) -> Double? {
        text.rows.first { $0.first.map(String.init) == kind }?.first { $0.hasPrefix(name) }
            .flatMap { Double($0.dropFirst(name.count)) }
    }
}
