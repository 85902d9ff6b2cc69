import HomieAPI
import HomieModel
import HomieSupervisor
import Hummingbird
import Logging

/// Answers each operation of the API's table.
struct APIHandlers: Sendable {
    let control: any StackControl
    let version: VersionInformation
    let parse: @Sendable (JSONValue) throws -> StackDefinition
    let readiness: @Sendable () async -> Readiness
    let routes: (any RouteInspection)?
    let routeControl: (any RouteControl)?
    let updates: (any RolloutControl)?
    let metrics: (any MetricsExposition)?
    let measurements: (any MeasurementInspection)?
    let alerts: (any AlertControl)?
    let hooks: (any HookReceiving)?
    let care: (any IssueControl)?
    let now: @Sendable () -> Timestamp
    let jobs: (any JobControl)?
    let traces: (any TraceSource)?
    let gate: AccessGate?
    let turnstile = Turnstile()
    let hookRoom = HookRoom()
    let writtenStacks = WrittenAnswer<StacksAnswer>()
    let writtenServices = WrittenAnswer<ServicesAnswer>()
    let system: (any SystemControl)?
    let heartbeat: Duration
    let logger: Logger

    func answer(_ route: Route, _ request: Request, _ caller: Caller) async throws -> Response {
        let query = try Query(request.uri.query, of: route.endpoint)
        let inspection = control.inspect()
        switch route.endpoint.operation {
        case .version: return .json(version)
        case .doctor: return .json(FindingsAnswer(findings: await inspection.doctor()))
        case .openAPI:
            return try .tagged(OpenAPIDocument.rendered(version: version.version), version: "1", for: request)
        case .isAlive: return .json(HealthAnswer(status: "ok"))
        case .isReady: return try await readinessAnswer()
        case .metrics: return try await metricsAnswer(request)
        case .listStacks: return try await stacks(route, query, request, inspection)
        case .getStack:
            let stack = try await inspection.stack(try route.stack)
            return try .tagged(stack, version: "\(stack.revision)", for: request)
        case .listServices:
            return .json(ServicesAnswer(services: try await inspection.stack(try route.stack).services))
        case .listAllServices: return try await services(route, query, request, inspection)
        case .listRevisions: return try await revisions(try route.stack, inspection)
        case .explainService:
            let events = try await inspection.why(try route.service, in: try route.stack)
            return .json(EventsAnswer(events: events))
        case .getDeployment: return .json(try await inspection.deployment(try route.deployment))
        case .listContainers:
            return try await containers(route, query, request, inspection)
        case .listRoutes, .putRoute, .removeRoute, .traceRoute, .listCertificates, .getAuthority:
            return try await gatewayAnswer(route, request)
        case .listSeries, .queryRange, .showUsage: return try await measured(route.endpoint.operation, query)
        case .receiveHook: return try await received(route, request)
        case .listAlerts, .listDeliveries, .retryDelivery, .listAlertRules, .putAlertRule, .removeAlertRule,
            .listAlertRoutes, .putAlertRoute, .removeAlertRoute, .testAlertRoute, .listSilences, .addSilence,
            .removeSilence, .putAlertWindow, .removeAlertWindow, .listHooks, .putHook, .removeHook:
            return try await alerted(route, query, request)
        case .listHealth, .listIssues, .fixIssue: return try await careAnswer(route, query)
        case .readLogs: return try await logs(try route.container, query, request, inspection)
        case .listEvents: return try await events(query, request, inspection)
        case .listRollouts, .listImages, .steerRollout, .updateStack, .lockService, .unlockService:
            return try await rollout(route, query, request)
        case .applyStack, .confirmStack, .planStack, .removeStack, .rollbackStack, .adoptStack:
            return try await change(route, query, request)
        case .listJobs, .getJob, .putJob, .removeJob, .runJob, .listJobTimes, .listJobRuns, .getJobRun, .cancelJobRun,
            .readJobLog:
            return try await jobs(route, query, request)
        case .listTraces, .getTrace: return try trace(route, query)
        case .beginDevice, .redeemDevice, .decideDevice, .beginOpenID, .finishOpenID:
            return try await otherWayAnswer(route, query, request, caller)
        case .setUp, .signIn, .renewSession, .whoAmI, .signOut, .listSessions, .endSession, .listUsers, .getUser,
            .putUser,
            .removeUser, .setPassword, .beginTimeCode, .confirmTimeCode, .removeTimeCode, .listTokens, .createToken,
            .revokeToken, .listAudit:
            return try await accessAnswer(route, query, request, caller)
        case .getSystem, .installSystem, .rollbackSystem, .restartSystem:
            return try await systemAnswer(route, request)
        }
    }

    /// The operations that change, or would change, a stack.
    private func change(_ route: Route, _ query: Query, _ request: Request) async throws -> Response {
        let stack = try route.stack
        let body = try await request.checkedRequest(of: route.endpoint)
        guard route.endpoint.operation != .planStack else { return try await changed(stack, route, query, body) }
        let conditions = Conditions(request)
        return try await turnstile.pass {
            if !conditions.isEmpty { try conditions.check(version: try await version(of: stack)) }
            return try await changed(stack, route, query, body)
        }
    }

    /// The revision that is wanted, as a tag's version; nil when there is no such stack.
    private func version(of stack: StackName) async throws -> String? {
        do {
            return "\(try await control.inspect().stack(stack).revision)"
        } catch let error as any UserFacingError where error.kind == .notFound {
            return nil
        }
    }

    private func changed(_ stack: StackName, _ route: Route, _ query: Query, _ checked: CheckedBody?) async throws
        -> Response
    {
        let body = checked?.value
        switch route.endpoint.operation {
        case .planStack:
            let apply = ApplyRequest(checked: body ?? .null)
            let definition = try definition(of: apply.project, for: stack)
            return .json(PlanAnswer(changes: try await control.plan(definition, options: apply.options.asPort)))
        case .removeStack:
            return .deployment(try await control.remove(stack, removesVolumes: query.flag("volumes")))
        case .rollbackStack:
            let revision = body?["revision"]?.integerValue.map { Int($0) }
            return .deployment(try await control.rollback(stack, to: revision))
        case .adoptStack:
            return .deployment(try await control.adopt(try definition(of: body?["project"] ?? .null, for: stack)))
        case .confirmStack:
            let digest = try ContentDigest(parsing: body?["digest"]?.stringValue ?? "")
            return .deployment(try await control.confirm(digest, of: stack))
        default:
            let apply = ApplyRequest(checked: body ?? .null)
            let definition = try definition(of: apply.project, for: stack)
            var options = apply.options.asPort
            options.request = checked?.digest
            return .deployment(try await control.apply(definition, options: options))
        }
    }

    /// The definition of a project, whose name is the address's or absent.
    private func definition(of project: JSONValue, for stack: StackName) throws -> StackDefinition {
        guard case .object(var members) = project else {
            throw RequestError.badBody([SchemaViolation(path: "/project", message: "is not an object")])
        }
        switch members["name"] {
        case nil: members["name"] = .string(stack.text)
        case .string(let name):
            guard name == stack.text else { throw RequestError.wrongName(inPath: stack, inProject: name) }
        default: throw RequestError.badBody([SchemaViolation(path: "/project/name", message: "is not a text")])
        }
        let definition = try parse(.object(members))
        guard definition.name == stack else {
            throw RequestError.wrongName(inPath: stack, inProject: definition.name.text)
        }
        return definition
    }

    private func stacks(
        _ route: Route,
        _ query: Query,
        _ request: Request,
        _ inspection: any StackInspection
    ) async throws -> Response {
        let (stacks, next) = try Page(query).cut(try await inspection.stacks()) { $0.name.text }
        let answer = StacksAnswer(stacks: stacks, next: next)
        var response = try writtenStacks.text(of: answer, version: "1").response(to: request)
        response.link(next: next, of: route, query)
        return response
    }

    private func services(
        _ route: Route,
        _ query: Query,
        _ request: Request,
        _ inspection: any StackInspection
    ) async throws -> Response {
        let (stack, name) = (query.stack("stack"), query.service("service"))
        let phase = query.text("phase").flatMap { ServiceStatus.Phase(rawValue: $0) }
        let found = try await inspection.stacks().lazy.flatMap(\.services).filter { service in
            (stack ?? service.stack) == service.stack && (name ?? service.service) == service.service
                && (phase ?? service.phase) == service.phase
        }
        let (services, next) = try Page(query).cut(Array(found)) { "\($0.stack)/\($0.service)" }
        let answer = ServicesAnswer(services: services, next: next)
        var response = try writtenServices.text(of: answer, version: "1").response(to: request)
        response.link(next: next, of: route, query)
        return response
    }

    private func containers(
        _ route: Route,
        _ query: Query,
        _ request: Request,
        _ inspection: any StackInspection
    ) async throws -> Response {
        let stacks = try await inspection.stacks().filter { query.stack("stack") ?? $0.name == $0.name }
        let all = stacks.flatMap(\.services).flatMap(\.containers)
        let (containers, next) = try Page(query).cut(all) { "\($0.stack)/\($0.service)/\($0.name)" }
        let answer = ContainersAnswer(containers: containers, next: next)
        var response = try Response.tagged(answer, version: "1", for: request)
        response.link(next: next, of: route, query)
        return response
    }

    private func readinessAnswer() async throws -> Response {
        switch await readiness() {
        case .ready: return .json(HealthAnswer(status: "ready"))
        case .notReady(let reason): throw NotReady(reason: reason)
        }
    }

    private func metricsAnswer(_ request: Request) async throws -> Response {
        guard let metrics else { throw NotMeasured() }
        let format = ExpositionFormat(accept: request.headers[.accept])
        return .bytes(await metrics.exposition(as: format), status: 200, as: format.contentType)
    }

    private func revisions(_ stack: StackName, _ inspection: any StackInspection) async throws -> Response {
        let status = try await inspection.stack(stack)
        let summaries = try await inspection.revisions(of: stack).map {
            RevisionSummary(
                $0,
                isWanted: $0.number == status.revision,
                isLastGood: $0.number == status.lastGoodRevision
            )
        }
        return .json(RevisionsAnswer(revisions: summaries))
    }
}

/// The answer of `/metrics` of a server that was given none.
struct NotMeasured: UserFacingError {
    let summary = "this server has no metrics"
    let kind = ErrorKind.notFound
}

/// The answer of `/readyz` while something is missing.
struct NotReady: UserFacingError {
    let reason: String
    var summary: String { "homied is not ready: \(reason)" }
    var hint: String? { "'homie doctor' shows what is missing" }
    var kind: ErrorKind { .unhealthy }
}

extension Response {
    /// 200 when the deployment has ended, 202 while it runs.
    static func deployment(_ deployment: DeploymentRecord) -> Response {
        var response = Response.json(deployment, status: deployment.state.isFinal ? 200 : 202)
        response.headers[.location] = "/api/v1/deployments/\(deployment.id)"
        return response
    }
}

extension ApplySettings {
    fileprivate var asPort: ApplyOptions {
        ApplyOptions(pulls: pulls, forcesRecreate: forcesRecreate, removesOrphans: removesOrphans)
    }
}

extension Route {
    /// - Throws: `NameError`
    fileprivate var stack: StackName {
        get throws { try StackName(parsing: parameters["stack"] ?? "") }
    }

    /// - Throws: `NameError`
    fileprivate var service: ServiceName {
        get throws { try ServiceName(parsing: parameters["service"] ?? "") }
    }

    fileprivate var container: ContainerReference {
        get throws { try ContainerReference(parsing: parameters["container"] ?? "") }
    }

    fileprivate var deployment: Int64 {
        get throws {
            let text = parameters["deployment"] ?? ""
            guard let id = Int64(text), id >= 1 else { throw RequestError.badDeployment(text) }
            return id
        }
    }
}
