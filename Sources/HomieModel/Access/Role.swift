/// What a user is trusted with; a higher role may do all that a lower one may.
public enum Role: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
    /// Looks.
    case viewer
    /// Runs what is there: restarts, rolls back, updates, backs up.
    case `operator`
    /// Decides what runs and who may: a Compose file can mount the whole host, so applying one is this role's.
    case admin

    private var rank: Int {
        switch self {
        case .viewer: 0
        case .operator: 1
        case .admin: 2
        }
    }

    public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
}
