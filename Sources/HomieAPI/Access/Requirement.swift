public import HomieModel

/// What one must be to be answered by an operation.
public enum Requirement: Sendable, Hashable {
    /// Anybody who can connect.
    case nobody
    /// Whoever is signed in, or has a token; for what concerns only oneself.
    case signedIn
    /// This role or a higher one, and, of an API token, this scope.
    case role(Role, Scope)
}

extension Operation {
    /// The one table of who may do what. There is no default: an operation without a line here does not compile.
    ///
    /// Two rules beyond the roles' descriptions: what shows the output of containers needs `operator`, since logs hold
    /// passwords more often than they should; what takes a Compose file needs `admin`, since such a file can mount the host.
    public var requirement: Requirement {
        switch self {
        // A webhook shows by its signature whose it is.
        case .isAlive, .isReady, .openAPI, .receiveHook: .nobody
        case .version, .doctor, .metrics, .listSeries, .queryRange, .showUsage: .role(.viewer, Scope(.system, .read))
        case .listStacks, .getStack, .listRevisions, .listServices, .explainService, .listContainers, .listEvents,
            .getDeployment:
            .role(.viewer, Scope(.stacks, .read))
        case .readLogs: .role(.operator, Scope(.stacks, .read))
        case .planStack: .role(.operator, Scope(.stacks, .read))
        case .rollbackStack, .removeStack: .role(.operator, Scope(.stacks, .write))
        case .applyStack, .adoptStack: .role(.admin, Scope(.stacks, .write))
        case .listAlerts, .listDeliveries, .listAlertRules, .listAlertRoutes, .listSilences, .listHooks:
            .role(.viewer, Scope(.alerts, .read))
        case .addSilence, .removeSilence, .putAlertWindow, .removeAlertWindow, .retryDelivery, .testAlertRoute:
            .role(.operator, Scope(.alerts, .write))
        // Rules and routes decide who learns what; a hook lets others deploy.
        case .putAlertRule, .removeAlertRule, .putAlertRoute, .removeAlertRoute, .putHook, .removeHook:
            .role(.admin, Scope(.alerts, .write))
        case .listHealth: .role(.viewer, Scope(.stacks, .read))
        // Issues show the last lines of logs.
        case .listIssues: .role(.operator, Scope(.stacks, .read))
        case .fixIssue: .role(.operator, Scope(.stacks, .write))
        case .listRoutes: .role(.viewer, Scope(.gateway, .read))
        }
    }
}
