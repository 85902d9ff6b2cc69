/// A name that cannot be one.
public enum NameError: UserFacingError, Equatable {
    case stack(String)
    case service(String)

    public var summary: String {
        switch self {
        case .stack(let text): "'\(text.prefix(80))' is not a stack name"
        case .service(let text): "'\(text.prefix(80))' is not a service name"
        }
    }

    public var hint: String? {
        switch self {
        case .stack:
            "use lower-case letters, digits, '-' and '_', starting with a letter or digit, at most 63 characters"
        case .service: "use letters, digits, '.', '-' and '_', at most 128 characters"
        }
    }

    public var kind: ErrorKind { .usage }
}

/// A name as the key of a JSON object.
struct NameKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
