public import HomieModel

/// A request's query, checked against its endpoint: every key known, at most once, its value of the right shape.
public struct Query: Sendable, Hashable {
    private var values: [String: String] = [:]

    /// - Parameter text: what follows the `?`, nil when there is none.
    /// - Throws: ``RequestError/badQuery(_:_:)``
    public init(_ text: (some StringProtocol)?, of endpoint: Endpoint) throws(RequestError) {
        for pair in text?.split(separator: "&") ?? [] {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let key = PercentEncoding.decode(parts[0]),
                let parameter = endpoint.query.first(where: { $0.name == key })
            else {
                if endpoint.ignoresUnknownQuery { continue }
                throw .badQuery("\(parts[0].prefix(60))", "is not a parameter of this address")
            }
            guard values[key] == nil else { throw .badQuery(key, "comes twice") }
            // A bare `?follow` means true, as people type it.
            let value = parts.count == 2 ? PercentEncoding.decode(parts[1]) : parameter.shape == .flag ? "true" : nil
            guard let value else { throw .badQuery(key, "has no value that can be read") }
            if let fault = parameter.shape.fault(in: value) { throw .badQuery(key, fault) }
            values[key] = value
        }
        if let missing = endpoint.query.first(where: { $0.isRequired && values[$0.name] == nil }) {
            throw .badQuery(missing.name, "is missing")
        }
    }

    /// The query as it is written, but for one parameter; in the order of names.
    public func text(without name: String) -> String {
        values.filter { $0.key != name }.sorted { $0.key < $1.key }
            .map { "\($0.key)=\(PercentEncoding.encode($0.value))" }.joined(separator: "&")
    }

    public func text(_ name: String) -> String? { values[name] }
    public func flag(_ name: String) -> Bool { values[name] == "true" || values[name] == "1" }
    public func integer(_ name: String) -> Int64? { values[name].flatMap { Int64($0) } }
    public func time(_ name: String) -> Timestamp? { values[name].flatMap { Timestamp(rfc3339: $0) } }
    public func stack(_ name: String) -> StackName? { values[name].flatMap { try? StackName(parsing: $0) } }
    public func service(_ name: String) -> ServiceName? { values[name].flatMap { try? ServiceName(parsing: $0) } }
}

extension Endpoint.QueryParameter.Shape {
    /// Why a value is not of this shape; nil when it is.
    fileprivate func fault(in value: String) -> String? {
        switch self {
        case .flag: ["true", "false", "1", "0"].contains(value) ? nil : "is not true or false"
        case .integer(let range):
            switch Int64(value) {
            case .some(let number) where range.contains(number): nil
            default: "is not a whole number from \(range.lowerBound) to \(range.upperBound)"
            }
        case .time: Timestamp(rfc3339: value) == nil ? "is not an RFC 3339 time" : nil
        case .stack: (try? StackName(parsing: value)) == nil ? "is not a stack name" : nil
        case .service: (try? ServiceName(parsing: value)) == nil ? "is not a service name" : nil
        case .text: (1...1000).contains(value.unicodeScalars.count) ? nil : "is empty or too long"
        case .pattern(let pattern):
            TextPattern.matches(value, pattern) ? nil : "is not written as it must be: \(pattern)"
        case .choice(let texts): texts.contains(value) ? nil : "is none of \(texts.joined(separator: ", "))"
        case .cursor: TextPattern.matches(value, Self.cursorPattern) ? nil : "is not a cursor"
        }
    }

    private static let cursorPattern = "^c([0-9a-f]{2}){1,499}$"

    /// As JSON Schema.
    var schema: Schema {
        switch self {
        case .flag: .boolean
        case .integer(let range): .integer(minimum: range.lowerBound, maximum: range.upperBound)
        case .time: .string(format: "date-time")
        case .stack: .string(pattern: "^[a-z0-9][a-z0-9_-]{0,62}$")
        case .service: .string(pattern: "^[a-zA-Z0-9._-]{1,128}$")
        case .text: .string(length: 1...1000)
        case .pattern(let pattern): .string(pattern: pattern)
        case .choice(let texts): .choice(texts)
        case .cursor: .string(pattern: Self.cursorPattern)
        }
    }
}
