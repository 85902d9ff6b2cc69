public import HomieModel

/// What follows from what a boot has shown so far.
public enum BootVerdict: Sendable, Hashable {
    case good
    case bad(BootFailure)
    case wait(Reason)

    public enum Reason: Sendable, Hashable {
        /// Everything works, and has to until this uptime.
        case stability(until: TimeSpan)
        case services([BootTrouble])
    }
}

/// One thing that works less well than before.
public enum BootTrouble: Sendable, Hashable, CustomStringConvertible {
    case supervisor(String)
    /// It worked before, and the supervisor does not know it any more.
    case missing(ServiceKey)
    case service(ServiceKey, ServiceStatus.Phase, String?)
    /// It works, and was started again in between.
    case restarts(ServiceKey, Int)
    /// Everything works, and has not for long enough when time was up.
    case late(since: TimeSpan)

    public var service: ServiceKey? {
        switch self {
        case .supervisor, .late: nil
        case .missing(let key), .service(let key, _, _), .restarts(let key, _): key
        }
    }

    /// The less, the more it tells about the cause.
    fileprivate var rank: Int {
        switch self {
        case .supervisor, .missing: 0
        case .service(_, let phase, _):
            switch phase {
            case .unhealthy, .failed: 0
            case .stopped: 1
            case .waiting, .working, .starting, .healthy, .running, .completed: 2
            }
        case .restarts: 1
        case .late: 2
        }
    }

    public var description: String {
        switch self {
        case .supervisor(let how): "homied \(how)"
        case .missing(let key): "'\(key)' worked before, and is gone"
        case .service(let key, let phase, let reason):
            "'\(key)' worked before, and is \(phase.rawValue)" + (reason.map { " (\($0))" } ?? "")
        case .restarts(let key, let count):
            "'\(key)' worked before, and falls over (\(count) \(count == 1 ? "restart" : "restarts"))"
        case .late(let since): "everything works only since \(Int64(since.seconds)) s after the start"
        }
    }
}

/// Why a boot was judged bad; what a person reads after the fall-back.
public struct BootFailure: Sendable, Hashable {
    public var troubles: [BootTrouble]
    /// The uptime of the verdict.
    public var after: TimeSpan

    public init(troubles: [BootTrouble], after: TimeSpan) {
        self.troubles = troubles
        self.after = after
    }

    /// One sentence: what is broken comes before what is only not there yet.
    public var summary: String {
        let shown = troubles.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }
            .prefix(3).map(\.element.description).joined(separator: "; ")
        let more = troubles.count > 3 ? "; and \(troubles.count - 3) more" : ""
        return "after \(Int64(after.seconds)) s \(shown)\(more)"
    }
}
