/// A text that is not what a route needs there.
public enum RouteTextError: UserFacingError, Equatable {
    case host(String)
    case path(String)
    case header(String)
    case headerValue(String)
    case name(String)

    public var summary: String {
        switch self {
        case .host(let text): "'\(text.prefix(80))' is not a host name"
        case .path(let text): "'\(text.prefix(80))' is not a path a route can have"
        case .header(let text): "'\(text.prefix(80))' is not a header field the gateway may change"
        case .headerValue(let text): "'\(text.prefix(80))' is not a header field's value"
        case .name(let text): "'\(text.prefix(80))' is not a route's name"
        }
    }

    public var hint: String? {
        switch self {
        case .host: "write it like 'photos.example.org' or '*.example.org', without a port"
        case .path: "write it like '/photos': at most \(RoutePath.maximumDepth) segments of letters, digits and '-._~'"
        case .header: "use letters, digits and '-'; fields that frame the message or name the client are the gateway's"
        case .name: "use lower-case letters, digits, '.', '-' and '_', starting with a letter or digit"
        case .headerValue: "use printable ASCII, at most 1000 characters; null removes the field"
        }
    }

    public var kind: ErrorKind { .usage }
}
