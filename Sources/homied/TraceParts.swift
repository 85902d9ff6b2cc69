import HomieModel
import HomieTracing
import HomieTransfer
import Logging
import Tracing

/// What keeps traces and exports them, put together; from then on the whole process is traced.
struct TraceParts {
    let ring = TraceRing()
    let exporter: TraceExporter?

    /// - Parameter endpoint: a collector's whole URL; nil keeps traces on the device alone.
    init(endpoint: String?, logger: Logger) {
        exporter = endpoint.map { url in
            TraceExporter(
                resource: [
                    "service.name": "homied", "service.version": .string(HomieRelease.version),
                    "host.name": .string(HostName.short),
                ],
                version: HomieRelease.version,
                logger: logger,
                post: { await Self.post($0, to: url) }
            )
        }
        var export: (@Sendable (SpanRecord) -> Void)?
        if let exporter { export = { exporter.add($0) } }
        InstrumentationSystem.bootstrap(DeviceTracer(ring: ring, export: export))
    }

    /// The statuses that OTLP means to be tried again (<https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes>).
    private static let retried: Set<Int> = [429, 502, 503, 504]

    private static func post(_ body: [UInt8], to url: String) async -> TraceExporter.Answer {
        let message = OutgoingMessage(
            url: url,
            form: .post(headers: ["Content-Type: application/x-protobuf"], body: body),
            policy: .local,
            userAgent: "homied/\(HomieRelease.version)"
        )
        do {
            let answer = try await message.send()
            if (200..<300).contains(answer.status) { return .taken }
            let reason = "the collector answers with status \(answer.status)"
            return retried.contains(answer.status) ? .busy(reason) : .refused(reason)
        } catch {
            switch error {
            case .unreachable(let reason): return .busy(reason)
            case .notAllowed, .badAddress, .refused: return .refused("the collector's address cannot be used")
            }
        }
    }
}

/// A collector's address, as people write it.
enum TraceEndpoint {
    /// The URL that spans are posted to: `/v1/traces` where no path is named. Nil when `text` is no URL of HTTP.
    static func url(_ text: String) -> String? {
        guard let scheme = ["http://", "https://"].first(where: { text.hasPrefix($0) }) else { return nil }
        let rest = text.dropFirst(scheme.count)
        let host = rest.prefix { $0 != "/" }
        guard !host.isEmpty, text.utf8.count <= 1000, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            !text.contains("?"), !text.contains("#"), !host.contains("@")
        else { return nil }
        let path = rest.dropFirst(host.count)
        return path.isEmpty || path == "/" ? "\(scheme)\(host)/v1/traces" : text
    }
}
