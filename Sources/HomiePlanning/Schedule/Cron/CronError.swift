public import HomieModel

/// A cron expression that cannot be one.
public enum CronError: UserFacingError, Equatable {
    case fieldCount(Int)
    case shortcut(String)
    case item(String, field: String)
    case step(String, field: String)
    case outside(Int64, field: String, bounds: ClosedRange<Int64>)
    case never(String)

    public var summary: String {
        switch self {
        case .fieldCount(let count): "a cron expression has five fields, this one has \(count)"
        case .shortcut(let text): "'\(text.prefix(40))' is not a cron shortcut"
        case .item(let text, let field): "'\(text.prefix(40))' is not a \(field)"
        case .step(let text, let field): "'\(text.prefix(40))' is not a step for the \(field)"
        case .outside(let value, let field, let bounds):
            "\(value) is not a \(field) (\(bounds.lowerBound) to \(bounds.upperBound))"
        case .never(let text): "'\(text.prefix(80))' names a day that no year has"
        }
    }

    public var hint: String? {
        switch self {
        case .fieldCount: "minute, hour, day of month, month, day of week: '30 3 * * mon-fri'"
        case .shortcut: "use @hourly, @daily, @weekly, @monthly or @yearly; for a start-up job use 'on: startup'"
        case .item: "use numbers, names, ranges 'a-b', steps '*/n' and lists 'a,b'; L, W, # and H are not known"
        case .step: "a step is a whole number from 1: '*/15'"
        case .outside, .never: nil
        }
    }

    public var kind: ErrorKind { .usage }
}
