internal import HomieConsole
internal import HomieModel

/// Measured values as a person reads them.
enum MeasureText {
    /// `0 %`, `0.4 %`, `37 %`
    static func share(_ value: Double) -> String {
        let percent = value * 100
        return percent < 9.95 ? "\(plain((percent * 10).rounded() / 10)) %" : "\(plain(percent.rounded())) %"
    }

    /// Bytes.
    static func size(_ value: Double) -> String {
        SizeText.of(ByteCount(bytes: Int64(min(max(0, value.rounded()), 9e18))))
    }

    /// Three digits that count: `0.00123`, `12.3`, `45600`.
    static func plain(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
        if let whole = Int64(exactly: value), whole.magnitude < 100_000 { return "\(whole)" }
        var scale = 1.0
        var size = abs(value)
        while size < 100, scale < 1e12 {
            size *= 10
            scale *= 10
        }
        let rounded = (value * scale).rounded() / scale
        return Int64(exactly: rounded).map { "\($0)" } ?? "\(rounded)"
    }

    /// As a value of this metric, by its unit.
    static func value(_ value: Double, of metric: String, _ function: MeasurementFunction) -> String {
        if metric.hasSuffix("_ratio") { return share(value) }
        let isIncrease = function == .sum
        if metric.hasSuffix("_bytes") {
            return size(value) + (isCounter(metric) && !isIncrease ? "/s" : "")
        }
        return plain(value)
    }

    private static func isCounter(_ metric: String) -> Bool {
        ["receive_bytes", "transmit_bytes", "reads_bytes", "writes_bytes", "read_bytes", "written_bytes"]
            .contains { metric.hasSuffix($0) }
    }

    /// A line of eight heights, as wide as `width` at most.
    static func sparkline(_ values: [Double], width: Int = 40) -> String {
        let bars = Array("▁▂▃▄▅▆▇█")
        guard let least = values.min(), let most = values.max() else { return "" }
        let count = min(width, values.count)
        return String(
            (0..<count).map { index in
                let part = values[(index * values.count / count)..<((index + 1) * values.count / count)]
                let mean = part.reduce(0, +) / Double(part.count)
                let height = most > least ? (mean - least) / (most - least) * 7 : 0
                return bars[min(7, max(0, Int(height.rounded())))]
            }
        )
    }
}
