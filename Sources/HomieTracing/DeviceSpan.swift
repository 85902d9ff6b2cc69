import HomieModel
import Synchronization
public import Tracing

/// A piece of work that goes on; it becomes a record when it ends.
public final class DeviceSpan: Span {
    private struct State {
        var name: String
        var attributes: SpanAttributes = [:]
        var notes: [SpanRecord.Note] = []
        var outcome = SpanRecord.Outcome.unset
        var reason: String?
        var hasEnded = false
    }

    /// At most this many notes and attributes of one span are kept.
    private static let mostNotes = 64

    public let context: ServiceContext
    private let place: TracePlace
    private let parent: SpanID?
    private let kind: SpanRecord.Kind
    private let startedAt: Timestamp
    /// Nil when the span is not kept.
    private let sink: (@Sendable (SpanRecord) -> Void)?
    private let state: Mutex<State>

    init(
        context: ServiceContext,
        place: TracePlace,
        parent: SpanID?,
        name: String,
        kind: SpanRecord.Kind,
        startedAt: Timestamp,
        sink: (@Sendable (SpanRecord) -> Void)?
    ) {
        self.context = context
        self.place = place
        self.parent = parent
        self.kind = kind
        self.startedAt = startedAt
        self.sink = sink
        state = Mutex(State(name: name))
    }

    public var isRecording: Bool { sink != nil && state.withLock { !$0.hasEnded } }

    public var operationName: String {
        get { state.withLock { $0.name } }
        set { state.withLock { if !$0.hasEnded { $0.name = newValue } } }
    }

    public var attributes: SpanAttributes {
        get { state.withLock { $0.attributes } }
        set { state.withLock { if !$0.hasEnded { $0.attributes = newValue } } }
    }

    public func setStatus(_ status: SpanStatus) {
        state.withLock { state in
            guard !state.hasEnded else { return }
            state.outcome = status.code == .error ? .error : .ok
            state.reason = status.message ?? state.reason
        }
    }

    public func addEvent(_ event: SpanEvent) {
        note(event.name, at: Int64(clamping: event.nanosecondsSinceEpoch), event.attributes)
    }

    public func recordError<Instant: TracerInstant>(
        _ error: any Error,
        attributes: SpanAttributes,
        at instant: @autoclosure () -> Instant
    ) {
        // The conventions of OpenTelemetry for exceptions.
        var all = attributes
        let reason = (error as? any UserFacingError)?.summary ?? "\(error)"
        all["exception.message"] = reason
        all["exception.type"] = "\(type(of: error))"
        note("exception", at: Int64(clamping: instant().nanosecondsSinceEpoch), all)
        state.withLock { state in
            guard !state.hasEnded else { return }
            state.outcome = .error
            state.reason = reason
        }
    }

    /// Links are not kept.
    public func addLink(_ link: SpanLink) {}

    public func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        let end = Int64(clamping: instant().nanosecondsSinceEpoch)
        let last = state.withLock { state -> State? in
            guard !state.hasEnded else { return nil }
            state.hasEnded = true
            return state
        }
        guard let last, let sink else { return }
        sink(
            SpanRecord(
                trace: place.trace,
                span: place.span,
                parent: parent,
                name: last.name,
                kind: kind,
                startedAt: startedAt,
                // The wall clock may have been set back meanwhile.
                duration: TimeSpan(nanoseconds: max(0, end - startedAt.nanoseconds)),
                outcome: last.outcome,
                reason: last.reason,
                attributes: Self.values(last.attributes),
                notes: last.notes
            )
        )
    }

    private func note(_ name: String, at nanoseconds: Int64, _ attributes: SpanAttributes) {
        let note = SpanRecord.Note(
            at: Timestamp(nanoseconds: nanoseconds),
            name: name,
            attributes: Self.values(attributes)
        )
        state.withLock { state in
            if !state.hasEnded, state.notes.count < Self.mostNotes { state.notes.append(note) }
        }
    }

    static func values(_ attributes: SpanAttributes) -> [String: JSONValue] {
        var values: [String: JSONValue] = [:]
        attributes.forEach { name, value in values[name] = Self.value(value) }
        return values
    }

    private static func value(_ attribute: SpanAttribute) -> JSONValue {
        switch attribute {
        case .int32(let number): .integer(Int64(number))
        case .int64(let number): .integer(number)
        case .double(let number): .number(number)
        case .bool(let flag): .bool(flag)
        case .string(let text): .string(text)
        case .stringConvertible(let value): .string(value.description)
        case .int32Array(let numbers): .array(numbers.map { .integer(Int64($0)) })
        case .int64Array(let numbers): .array(numbers.map(JSONValue.integer))
        case .doubleArray(let numbers): .array(numbers.map(JSONValue.number))
        case .boolArray(let flags): .array(flags.map(JSONValue.bool))
        case .stringArray(let texts): .array(texts.map(JSONValue.string))
        case .stringConvertibleArray(let values): .array(values.map { .string($0.description) })
        default: .string("\(attribute)")
        }
    }
}

extension SpanRecord.Kind {
    init(_ kind: SpanKind) {
        switch kind {
        case .server: self = .server
        case .client: self = .client
        case .producer: self = .producer
        case .consumer: self = .consumer
        case .internal: self = .internal
        }
    }
}
