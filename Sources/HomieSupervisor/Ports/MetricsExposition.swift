/// What `/metrics` answers with.
public protocol MetricsExposition: Sendable {
    /// Everything measured, as of now, in one of the formats; UTF-8.
    func exposition(as format: ExpositionFormat) async -> [UInt8]
}

/// The text formats that Prometheus reads.
public enum ExpositionFormat: Sendable, Hashable, CaseIterable {
    /// Text 0.0.4 (<https://prometheus.io/docs/instrumenting/exposition_formats/>).
    case prometheus
    /// OpenMetrics 1.0 (<https://prometheus.io/docs/specs/om/open_metrics_spec/>).
    case openMetrics

    public var contentType: String {
        switch self {
        case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    /// The format that an `Accept` header prefers; Prometheus text unless OpenMetrics 1.x is liked better
    /// (RFC 9110, 12.5.1). At the same liking OpenMetrics wins when it is named.
    public init(accept: String?) {
        var openMetrics = 0.0
        var plain = 0.0
        for part in (accept ?? "").split(separator: ",") {
            let pieces = part.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            let quality = pieces.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            let version = pieces.dropFirst().first { $0.hasPrefix("version=") }?.dropFirst(8)
            switch pieces.first {
            case "application/openmetrics-text":
                if version?.hasPrefix("1.") ?? true { openMetrics = max(openMetrics, quality) }
            case "text/plain", "text/*", "*/*":
                if version == nil || version == "0.0.4" { plain = max(plain, quality) }
            default: break
            }
        }
        self = openMetrics > 0 && openMetrics >= plain ? .openMetrics : .prometheus
    }
}
