public import HomieModel

/// A request that cannot be served as it is.
public enum RequestError: HTTPProblem, Hashable {
    case unknownPath(String)
    case methodNotAllowed(String, String, allowed: [HTTPMethod])
    case badPath(String)
    /// A query parameter and what is wrong with it.
    case badQuery(String, String)
    case badBody([SchemaViolation])
    case bodyMissing
    case bodyTooLarge(limit: ByteCount)
    case notJSON(contentType: String?)
    case badContainer(String)
    case badDeployment(String)
    case badRun(String)
    case badTrace(String)
    case badEventID(String)
    case badCursor(String)
    /// A condition of the request does not hold; what is there now, nil for nothing.
    case changedMeanwhile(String?)
    case badKey
    /// The key came with another request before.
    case keyReused
    /// The request with this key is being done.
    case keyBusy
    case bodyTooSlow
    case wrongName(inPath: StackName, inProject: String)
    case badAddress(String)

    public var summary: String {
        switch self {
        case .unknownPath(let path): "there is nothing at '\(path.prefix(120))'"
        case .methodNotAllowed(let method, let path, _): "'\(path.prefix(120))' does not take \(method.prefix(20))"
        case .badPath(let path): "'\(path.prefix(120))' is not a path of this API"
        case .badQuery(let name, let fault): "the parameter '\(name)' \(fault)"
        case .badBody(let violations):
            violations.first.map { "in the body \($0.path.isEmpty ? "the document" : "'\($0.path)'") \($0.message)" }
                ?? "the body is not as it should be"
        case .bodyMissing: "this request needs a body"
        case .bodyTooLarge(let limit):
            limit.bytes < 1 << 20
                ? "the body is larger than \(limit.bytes >> 10) KiB"
                : "the body is larger than \(limit.bytes >> 20) MiB"
        case .badCursor(let text): "'\(text.prefix(80))' is not a cursor of this list"
        case .changedMeanwhile(let version):
            version.map { "what the request is about has changed: it is at version \($0) now" }
                ?? "what the request is about is not there"
        case .badKey: "the Idempotency-Key is not of 1 to 255 visible characters"
        case .keyReused: "this Idempotency-Key was used for another request"
        case .keyBusy: "the request with this Idempotency-Key is being done"
        case .bodyTooSlow: "the body came too slowly"
        case .notJSON(let type): "the body is \(type.map { "'\($0.prefix(60))'" } ?? "of no type"), not JSON"
        case .badAddress(let text): "'\(text.prefix(120))' is not an address that a client could ask for"
        case .badContainer(let text): "'\(text.prefix(80))' is neither a container's ID nor a name"
        case .badDeployment(let text): "'\(text.prefix(80))' is not a deployment's number"
        case .badRun(let text): "'\(text.prefix(80))' is not a run's number"
        case .badTrace(let text): "'\(text.prefix(80))' is not the number of a trace: 32 lower-case hexadecimal digits"
        case .badEventID(let text): "'Last-Event-ID: \(text.prefix(80))' is not an event's number"
        case .wrongName(let path, let project):
            "the project is called '\(project.prefix(80))', the address says '\(path)'"
        }
    }

    public var hint: String? {
        switch self {
        case .unknownPath, .badPath: "GET /api/v1/openapi.json shows what there is"
        case .methodNotAllowed(_, _, let allowed): "use \(allowed.map(\.rawValue).joined(separator: " or "))"
        case .notJSON: "send it with 'Content-Type: application/json'"
        case .wrongName: "give both the same name"
        case .badAddress: "write it like 'https://photos.homie.local/albums'"
        case .badCursor: "begin without one; each answer names the next"
        case .changedMeanwhile: "read it again, and decide anew"
        case .badKey, .keyReused: "use a fresh one for each request, e.g. a UUID"
        case .keyBusy: "ask again in a moment"
        case .bodyTooSlow: nil
        case .badQuery, .badBody, .bodyMissing, .bodyTooLarge, .badContainer, .badDeployment, .badRun, .badTrace,
            .badEventID:
            nil
        }
    }

    public var kind: ErrorKind {
        switch self {
        case .unknownPath: .notFound
        case .bodyTooLarge: .tooLarge
        case .changedMeanwhile, .keyBusy: .conflict
        case .methodNotAllowed, .badPath, .badQuery, .badBody, .bodyMissing, .notJSON, .badContainer, .badDeployment,
            .badRun, .badTrace, .badEventID, .wrongName, .badCursor, .badKey, .keyReused, .bodyTooSlow, .badAddress:
            .usage
        }
    }

    public var fields: [String: String] {
        switch self {
        case .methodNotAllowed(_, _, let allowed): ["allow": allowed.map(\.rawValue).joined(separator: ", ")]
        case .keyBusy: ["retry-after": "1"]
        default: [:]
        }
    }

    public var status: Int {
        switch self {
        case .methodNotAllowed: 405
        case .notJSON: 415
        case .changedMeanwhile: 412
        case .keyReused: 422
        case .bodyTooSlow: 408
        case .unknownPath, .badPath, .badQuery, .badBody, .bodyMissing, .bodyTooLarge, .badContainer, .badDeployment,
            .badRun, .badTrace, .badEventID, .wrongName, .badCursor, .badKey, .keyBusy, .badAddress:
            kind.httpStatus
        }
    }
}
