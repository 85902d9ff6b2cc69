/// Everything the API can be asked: a closed set, so that a server without an answer to one of them does not compile.
public enum Operation: String, Sendable, Hashable, CaseIterable {
    case version, listStacks, applyStack, confirmStack, planStack, getStack, removeStack, rollbackStack, adoptStack
    case listRevisions, listServices, listAllServices, explainService, listContainers, listRoutes, putRoute,
        removeRoute, traceRoute,
        listCertificates, getAuthority
    case readLogs, listEvents, getDeployment
    case listIssues, fixIssue, listHealth
    case doctor, openAPI, isAlive, isReady, metrics
    case listSeries, queryRange, showUsage
    case listAlerts, listDeliveries, retryDelivery, listAlertRules, putAlertRule, removeAlertRule
    case listAlertRoutes, putAlertRoute, removeAlertRoute, testAlertRoute
    case listSilences, addSilence, removeSilence, putAlertWindow, removeAlertWindow
    case listHooks, putHook, removeHook, receiveHook
    case listRollouts, steerRollout, updateStack, listImages, lockService, unlockService
    case listJobs, getJob, putJob, removeJob, runJob, listJobTimes, listJobRuns, getJobRun, cancelJobRun, readJobLog
    case listTraces, getTrace
    case setUp, signIn, renewSession, whoAmI, signOut, listSessions, endSession
    case listUsers, getUser, putUser, removeUser, setPassword, beginTimeCode, confirmTimeCode, removeTimeCode
    case beginDevice, redeemDevice, decideDevice, beginOpenID, finishOpenID
    case listTokens, createToken, revokeToken, listAudit
    case getSystem, installSystem, rollbackSystem, restartSystem
}

/// The methods the API uses.
public enum HTTPMethod: String, Sendable, Hashable, CaseIterable {
    case get = "GET"
    case put = "PUT"
    case post = "POST"
    case delete = "DELETE"
}
