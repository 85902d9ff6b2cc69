/// Text or JSON that does not describe an update.
public enum UpdateModelError: UserFacingError, Equatable {
    case version(String)
    case compatible(String)
    case digest(String)
    case percentage(Int)
    case window(String)
    case source(String)
    /// The index is well-formed JSON and contradicts itself; one sentence.
    case index(String)

    public var summary: String {
        switch self {
        case .version(let text): "'\(text.prefix(80))' is not a system version"
        case .compatible(let text): "'\(text.prefix(80))' is not the name of a kind of system"
        case .digest(let text): "'\(text.prefix(80))' is not a SHA-256 digest"
        case .percentage(let number): "\(number) is not a percentage"
        case .window(let text): "'\(text.prefix(80))' is not a maintenance window"
        case .source(let text): "'\(text.prefix(80))' cannot be installed"
        case .index(let reason): "the update index is not valid: \(reason)"
        }
    }

    public var hint: String? {
        switch self {
        case .version: "write numbers with dots, e.g. 1.4.0 or 1.4.0-rc.2"
        case .compatible: "use letters, digits, '.', '_' and '-', e.g. homie-qemu-x86_64"
        case .digest: "write 64 hexadecimal digits"
        case .percentage: "use 0 to 100"
        case .window: "write e.g. 'mon-fri 02:00-05:00' or '23:30-04:00'"
        case .source: "name a version, an absolute path or an http(s) address, of at most 200 characters"
        case .index: "have it made anew with 'homie-bundle index'"
        }
    }

    public var kind: ErrorKind {
        switch self {
        case .index: .failed
        case .version, .compatible, .digest, .percentage, .window, .source: .usage
        }
    }
}
