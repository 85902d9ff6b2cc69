import HomieModel

/// Spans as `ExportTraceServiceRequest` (opentelemetry-proto 1.x, `collector/trace/v1` and `trace/v1`); the numbers are those
/// of its fields.
enum TraceRequest {
    /// - Parameter resource: who measured: `service.name` and the like.
    static func bytes(_ spans: [SpanRecord], resource: [String: JSONValue], version: String) -> [UInt8] {
        var request = ProtobufWriter()
        request.write(1) { group in
            group.write(1) { $0.attributes(1, resource) }
            group.write(2) { scoped in
                scoped.write(1) { scope in
                    scope.write(1, "homie")
                    scope.write(2, version)
                }
                for span in spans { scoped.write(2) { $0.span(span) } }
            }
        }
        return request.bytes
    }
}

extension ProtobufWriter {
    fileprivate mutating func span(_ span: SpanRecord) {
        write(1, span.trace.bytes)
        write(2, span.span.bytes)
        if let parent = span.parent { write(4, parent.bytes) }
        write(5, span.name)
        write(6, unsigned: span.kind.number)
        write(7, fixed64: UInt64(clamping: span.startedAt.nanoseconds))
        write(8, fixed64: UInt64(clamping: span.endedAt.nanoseconds))
        attributes(9, span.attributes)
        for note in span.notes {
            write(11) { event in
                event.write(1, fixed64: UInt64(clamping: note.at.nanoseconds))
                event.write(2, note.name)
                event.attributes(3, note.attributes)
            }
        }
        if span.outcome != .unset {
            write(15) { status in
                if let reason = span.reason { status.write(2, reason) }
                status.write(3, unsigned: span.outcome == .error ? 2 : 1)
            }
        }
    }

    /// `KeyValue` for each.
    fileprivate mutating func attributes(_ field: Int, _ values: [String: JSONValue]) {
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            write(field) { pair in
                pair.write(1, key)
                pair.write(2) { $0.any(value) }
            }
        }
    }

    /// `AnyValue`; nothing at all stands for null.
    private mutating func any(_ value: JSONValue) {
        switch value {
        case .null: return
        case .string(let text): write(1, text)
        case .bool(let flag): write(2, unsigned: flag ? 1 : 0)
        case .integer(let number): write(3, signed: number)
        case .number(let number): write(4, double: number)
        case .array(let values):
            write(5) { list in
                for value in values { list.write(1) { $0.any(value) } }
            }
        case .object(let members): write(6) { $0.attributes(1, members) }
        }
    }
}

extension SpanRecord.Kind {
    fileprivate var number: UInt64 {
        switch self {
        case .internal: 1
        case .server: 2
        case .client: 3
        case .producer: 4
        case .consumer: 5
        }
    }
}
