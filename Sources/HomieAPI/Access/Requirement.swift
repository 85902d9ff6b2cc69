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
        // Who does not trust it yet cannot sign in safely.
        case .getAuthority: .nobody
        case .version, .doctor, .metrics, .listSeries, .queryRange, .showUsage: .role(.viewer, Scope(.system, .read))
        case .listStacks, .getStack, .listRevisions, .listServices, .listAllServices, .explainService,
            .listContainers, .listEvents, .getDeployment:
            .role(.viewer, Scope(.stacks, .read))
        case .readLogs: .role(.operator, Scope(.stacks, .read))
        case .planStack: .role(.operator, Scope(.stacks, .read))
        case .confirmStack, .rollbackStack, .removeStack: .role(.operator, Scope(.stacks, .write))
        case .applyStack, .adoptStack: .role(.admin, Scope(.stacks, .write))
        case .listAlerts, .listDeliveries, .listAlertRules, .listAlertRoutes, .listSilences, .listHooks:
            .role(.viewer, Scope(.alerts, .read))
        case .addSilence, .removeSilence, .putAlertWindow, .removeAlertWindow, .retryDelivery, .testAlertRoute:
            .role(.operator, Scope(.alerts, .write))
        // Rules and routes decide who learns what; a hook lets others deploy.
        case .putAlertRule, .removeAlertRule, .putAlertRoute, .removeAlertRoute, .putHook, .removeHook:
            .role(.admin, Scope(.alerts, .write))
        case .listRollouts, .listImages: .role(.viewer, Scope(.stacks, .read))
        case .steerRollout, .updateStack, .lockService, .unlockService: .role(.operator, Scope(.stacks, .write))
        case .listJobs, .getJob, .listJobTimes, .listJobRuns, .getJobRun: .role(.viewer, Scope(.jobs, .read))
        case .listTraces, .getTrace: .role(.viewer, Scope(.system, .read))
        case .readJobLog: .role(.operator, Scope(.jobs, .read))
        case .runJob, .cancelJobRun, .removeJob: .role(.operator, Scope(.jobs, .write))
        // Its command sees whatever the service's container does.
        case .putJob: .role(.admin, Scope(.jobs, .write))
        case .getSystem: .role(.viewer, Scope(.system, .read))
        case .installSystem, .rollbackSystem, .restartSystem: .role(.admin, Scope(.system, .write))
        case .listHealth: .role(.viewer, Scope(.stacks, .read))
        // Issues show the last lines of logs.
        case .listIssues: .role(.operator, Scope(.stacks, .read))
        case .fixIssue: .role(.operator, Scope(.stacks, .write))
        case .listRoutes, .listCertificates: .role(.viewer, Scope(.gateway, .read))
        // The gateway is asked, and with it the service.
        case .traceRoute: .role(.operator, Scope(.gateway, .read))
        // It can lead anywhere in the device's networks.
        case .putRoute, .removeRoute: .role(.admin, Scope(.gateway, .write))
        case .setUp, .signIn, .renewSession, .beginDevice, .redeemDevice, .beginOpenID, .finishOpenID: .nobody
        // Whose things they are is looked at where they are known.
        case .whoAmI, .signOut, .decideDevice, .listSessions, .endSession, .getUser, .setPassword, .beginTimeCode,
            .confirmTimeCode,
            .removeTimeCode, .listTokens, .createToken, .revokeToken:
            .signedIn
        case .listUsers, .listAudit: .role(.admin, Scope(.access, .read))
        case .putUser, .removeUser: .role(.admin, Scope(.access, .write))
        }
    }
}
