internal import FoundationEssentials
internal import HomieHTTP

/// One call of the Engine API.
struct EngineCall: Sendable {
    var method: HTTPRequest.Method
    /// Without the version, encoded.
    var path: String
    var query: [(name: String, value: String)] = []
    var fields: HTTPFields = [:]
    var body: HTTPRequest.Body = .none
    var headTimeout: Duration? = .seconds(120)
    /// Completes "cannot …" in messages.
    var action: String

    init(
        _ method: HTTPRequest.Method,
        _ path: String,
        query: [(name: String, value: String)] = [],
        action: String
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.action = action
    }

    /// The call with a JSON body.
    func sending(_ value: some Encodable) throws -> Self {
        var call = self
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        call.body = .bytes([UInt8](try encoder.encode(value)))
        call.fields["Content-Type"] = "application/json"
        return call
    }

    func waiting(_ limit: Duration?) -> Self {
        var call = self
        call.headTimeout = limit
        return call
    }

    /// A `filters` parameter.
    static func filters(_ filters: [String: [String]]) -> (name: String, value: String) {
        let members = filters.sorted { $0.key < $1.key }.map { key, values in
            "\(quoted(key)):[\(values.map(quoted).joined(separator: ","))]"
        }
        return ("filters", "{\(members.joined(separator: ","))}")
    }

    /// A string as JSON.
    static func quoted(_ text: String) -> String {
        var json = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": json += "\\\""
            case "\\": json += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                json += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: json.unicodeScalars.append(scalar)
            }
        }
        return json + "\""
    }

    /// A name or reference as part of a path; slashes stay.
    static func segment(_ text: String) -> String { HTTPTarget.encoded(text, keeping: "/:@") }
}
