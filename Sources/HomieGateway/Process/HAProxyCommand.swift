/// The command lines of HAProxy that Homie uses (haproxy(1)).
enum HAProxyCommand: Sendable, Hashable {
    /// Reads a configuration and says what is wrong with it.
    case check(configuration: String)
    /// Starts a master with its worker in the background; ends when the worker serves, or with the reason why not.
    case start(GatewayPaths)

    /// A check has time, a request has none: not while a container starts (nice(1); without the right to it it stays as it is).
    var niceness: Int {
        switch self {
        case .check: 10
        case .start: -5
        }
    }

    var arguments: [String] {
        switch self {
        case .check(let configuration): ["-c", "-f", configuration]
        case .start(let paths):
            [
                "-W", "-D", "-f", paths.configuration, "-p", paths.processID, "-S", "\(paths.masterSocket),mode,600",
            ]
        }
    }
}
