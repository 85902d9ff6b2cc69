public import HomieModel

/// What went wrong with the packet filter.
public enum RelayError: UserFacingError {
    /// A program of the packet filter, and what it said.
    case refused(String, String)
    case notRun(String, any Error)
    /// The engine leads no connections from this port of the host to a container.
    case noForwarding(UInt16)

    public var summary: String {
        switch self {
        case .refused(let program, let words): "\(program) refuses: \(words)"
        case .notRun(let program, let cause): "\(program) cannot be run: \(cause)"
        case .noForwarding(let port): "the engine has no rule for the host's port \(port)"
        }
    }

    public var hint: String? {
        switch self {
        case .refused, .notRun: "homied needs iptables and the capability CAP_NET_ADMIN"
        case .noForwarding: "the engine must make its own iptables rules, which is its default"
        }
    }

    public var kind: ErrorKind { .failed }
}
