/// The command lines of HAProxy that Homie uses (haproxy(1)).
enum HAProxyCommand: Sendable, Hashable {
    /// Reads a configuration and says what is wrong with it.
    case check(configuration: String)
    /// Starts a master with its worker in the background; ends when the worker serves, or with the reason why not.
    case start(GatewayPaths)

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
