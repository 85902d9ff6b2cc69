public import HomieModel

/// One row of the table of endpoints: method, path, what goes in, what comes out.
public struct Endpoint: Sendable, Hashable {
    /// A parameter in the query.
    public struct QueryParameter: Sendable, Hashable {
        public enum Shape: Sendable, Hashable {
            case flag
            case integer(ClosedRange<Int64>)
            case time
            case stack
            case service
            /// Up to 1,000 characters, which fit into a request's head however they are written; what reads it checks it.
            case text
            /// A text of this form.
            case pattern(String)
            case choice([String])
            /// Where a list goes on: what the page before said.
            case cursor
        }

        public var name: String
        public var shape: Shape
        public var note: String
        public var isRequired: Bool

        public init(_ name: String, _ shape: Shape, _ note: String, isRequired: Bool = false) {
            self.name = name
            self.shape = shape
            self.note = note
            self.isRequired = isRequired
        }
    }

    /// An answer that is not a problem.
    public struct Answer: Sendable, Hashable {
        public var status: Int
        public var note: String
        public var schema: Schema
        public var contentType: String

        public init(_ status: Int, _ note: String, _ schema: Schema, as contentType: String = ContentType.json) {
            self.status = status
            self.note = note
            self.schema = schema
            self.contentType = contentType
        }
    }

    public var operation: Operation
    public var method: HTTPMethod
    /// The template, e.g. `/api/v1/stacks/{stack}`.
    public var path: String
    public var summary: String
    public var query: [QueryParameter]
    public var body: Schema?
    /// False when the body may be left out.
    public var isBodyRequired: Bool
    public var answers: [Answer]
    /// The kinds of problems it may answer with, besides ``ErrorKind/failed``.
    public var errors: [ErrorKind]
    /// Set from the day it should not be used any more.
    public var deprecation: Deprecation?
    /// Others decide what comes in the query.
    public var ignoresUnknownQuery = false

    public init(
        _ operation: Operation,
        _ method: HTTPMethod,
        _ path: String,
        _ summary: String,
        query: [QueryParameter] = [],
        body: Schema? = nil,
        isBodyRequired: Bool = true,
        answers: [Answer],
        errors: [ErrorKind] = []
    ) {
        self.operation = operation
        self.method = method
        self.path = path
        self.summary = summary
        self.query = query
        self.body = body
        self.isBodyRequired = isBodyRequired
        self.answers = answers
        self.errors = errors
    }

    /// The largest request body in bytes: of those whom nobody knows, not much is read.
    public var bodyLimit: Int {
        guard operation.requirement == .nobody else { return Self.bodyLimit }
        return operation == .receiveHook ? 1 << 20 : Self.anonymousBodyLimit
    }

    /// What is read of those whom nobody knows, in bytes: less than the gateway keeps before it hands anything on.
    public static let anonymousBodyLimit = 8 << 10

    /// How long a body may take to come, however it does.
    public var bodyPatience: Duration { operation.requirement == .nobody ? .seconds(15) : .seconds(60) }

    /// The names in the path's braces, in order.
    public var pathParameters: [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }
}

extension Endpoint: CustomStringConvertible {
    public var description: String { "\(method.rawValue) \(path)" }
}

/// Media types of requests and answers.
public enum ContentType {
    public static let json = "application/json"
    /// RFC 9457.
    public static let problem = "application/problem+json"
    /// One JSON value on each line.
    public static let lines = "application/x-ndjson"
    /// Prometheus' text, 0.0.4 (<https://prometheus.io/docs/instrumenting/exposition_formats/>).
    public static let prometheus = "text/plain"
    /// OpenMetrics 1.0 (<https://prometheus.io/docs/specs/om/open_metrics_spec/>).
    public static let openMetrics = "application/openmetrics-text"
    /// Server-sent events (HTML Living Standard, section 9.2).
    public static let events = "text/event-stream"
}
