/// How finely the past is kept: the older, the coarser.
///
/// With 13 bytes a point, a series takes 52 KB on disk in all; 50 services with eight series each, 40 of the host and 120 that
/// services show of themselves, 29 MB. Where there are more, ``HistoryBudget`` says what goes earlier.
public enum Resolution: Int, Sendable, Hashable, CaseIterable, Codable {
    /// Ten seconds, for an hour, in memory only.
    case raw = 10
    /// A minute, for a day.
    case minute = 60
    /// Fifteen minutes, for 14 days.
    case quarter = 900
    /// A day (UTC), for 400 days.
    case day = 86_400

    /// In seconds.
    public var step: Int64 { Int64(rawValue) }

    /// In seconds.
    public var kept: Int64 {
        switch self {
        case .raw: 3600
        case .minute: 86_400
        case .quarter: 14 * 86_400
        case .day: 400 * 86_400
        }
    }

    /// Points stored together, so that a batch writes few pages. A chunk begins at a multiple of its length.
    public var chunk: Int64 {
        switch self {
        case .raw: 360
        case .minute: 30
        case .quarter: 96
        case .day: 50
        }
    }

    /// In seconds.
    public var chunkLength: Int64 { step * chunk }

    /// The next coarser one that is made from this one.
    public var coarser: Resolution? {
        switch self {
        case .raw: .minute
        case .minute: .quarter
        case .quarter: .day
        case .day: nil
        }
    }

    public func chunkStart(of second: Int64) -> Int64 { floorQuotient(second, chunkLength) * chunkLength }

    public func stepStart(of second: Int64) -> Int64 { floorQuotient(second, step) * step }

    /// The finest one that is still kept at `start` and gives at most `limit` points until `end`; all in seconds.
    public static func best(from start: Int64, to end: Int64, now: Int64, limit: Int = 1500) -> Resolution {
        allCases.first { now - start <= $0.kept && (end - start) / $0.step <= Int64(limit) } ?? .day
    }
}
