import HomieAPI
import HomieAccess
import HomieModel
import HomieSupervisor
import Hummingbird

extension APIHandlers {
    /// What is asked and set about alerts.
    func alerted(_ route: Route, _ query: Query, _ request: Request) async throws -> Response {
        guard let alerts else { throw AlertError.noAlerts }
        switch route.endpoint.operation {
        case .listAlerts:
            return .json(AlertsAnswer(alerts: try await alerts.alerts(includesPast: query.flag("past"))))
        case .listAlertRules: return .json(AlertRulesAnswer(rules: await alerts.rules()))
        case .listAlertRoutes: return .json(AlertRoutesAnswer(routes: await alerts.settings().routes))
        case .listSilences:
            let settings = await alerts.settings()
            return .json(SilencesAnswer(silences: settings.silences, windows: settings.windows))
        case .listDeliveries: return try await deliveries(query, alerts)
        case .listHooks: return .json(HooksAnswer(hooks: await alerts.settings().hooks))
        case .testAlertRoute:
            return .json(SendReport(try await alerts.test(try route.alertName("route"))))
        case .retryDelivery: try await alerts.retry(route.parameters["delivery"] ?? "")
        case .removeAlertRule: try await alerts.remove(.rule(try route.alertName("rule")))
        case .removeAlertRoute: try await alerts.remove(.route(try route.alertName("route")))
        case .removeAlertWindow: try await alerts.remove(.window(try route.alertName("window")))
        case .removeHook: try await alerts.remove(.hook(try route.alertName("hook")))
        case .removeSilence:
            let text = route.parameters["silence"] ?? ""
            guard let id = Int64(text) else { throw AlertError.missing(what: "silence '\(text.prefix(40))'") }
            try await alerts.remove(.silence(id))
        default: return try await set(route, request, alerts)
        }
        return .json(HealthAnswer(status: "ok"))
    }

    private func deliveries(_ query: Query, _ alerts: any AlertControl) async throws -> Response {
        let state = query.text("state").flatMap { Delivery.State(rawValue: $0) }
        return .json(DeliveriesAnswer(deliveries: try await alerts.deliveries(state)))
    }

    /// The operations that take a body.
    private func set(_ route: Route, _ request: Request, _ alerts: any AlertControl) async throws -> Response {
        guard case .object(var members)? = try await request.checkedBody(of: route.endpoint) else {
            throw RequestError.bodyMissing
        }
        let secret = members.removeValue(forKey: "secret")?.stringValue
        // The name is the address's; one in the body must be the same.
        if let name = route.parameters.values.first {
            guard members["name"] == nil || members["name"] == .string(name) else {
                throw AlertError.bad(what: "the name in the body", reason: "is not the one in the address")
            }
            members["name"] = .string(name)
        }
        let body = JSONValue.object(members)
        switch route.endpoint.operation {
        case .putAlertRule: try await alerts.put(try BodyDecoding.value(AlertRule.self, from: body))
        case .putAlertRoute: try await alerts.put(try BodyDecoding.value(AlertRoute.self, from: body), secret: secret)
        case .putAlertWindow: try await alerts.put(try BodyDecoding.value(QuietWindow.self, from: body))
        case .putHook: try await alerts.put(try BodyDecoding.value(IncomingHook.self, from: body), secret: secret)
        default:
            let wanted = try BodyDecoding.value(SilenceRequest.self, from: body)
            let from = now()
            let silence = Silence(
                id: 0,
                matcher: wanted.matcher,
                from: from,
                until: from + wanted.length.span,
                comment: wanted.comment ?? ""
            )
            return .json(try await alerts.add(silence))
        }
        return .json(HealthAnswer(status: "ok"))
    }

    /// An incoming webhook with its body, which is its sender's. Nothing of it is read unless it could be signed.
    func awaited(_ route: Route, _ request: Request, _ caller: Caller) async throws -> Request {
        guard let hooks else { throw AlertError.noAlerts }
        try await hooks.check(route.parameters["hook"] ?? "", fields: request.fields)
        return try await hookRoom.pass(caller.client.address) {
            var whole = request
            _ = try await whole.wholeBody(of: route.endpoint)
            return whole
        }
    }

    /// Takes an incoming webhook.
    func received(_ route: Route, _ request: Request) async throws -> Response {
        guard let hooks else { throw AlertError.noAlerts }
        var request = request
        let bytes = try await request.wholeBody(of: route.endpoint)
        let receipt = try await hooks.receive(route.parameters["hook"] ?? "", fields: request.fields, body: bytes)
        return .json(receipt, status: 202)
    }
}

extension Request {
    /// Header fields by names in lower case; of one that comes twice the first counts.
    fileprivate var fields: [String: String] {
        Dictionary(headers.map { ($0.name.canonicalName, $0.value) }) { first, _ in first }
    }
}

extension Route {
    /// - Throws: `AlertError`
    fileprivate func alertName(_ parameter: String) throws -> AlertName {
        try AlertName(parsing: parameters[parameter] ?? "")
    }
}

extension SendReport {
    fileprivate init(_ outcome: SendOutcome) {
        switch outcome {
        case .delivered: self.init(isDelivered: true)
        case .refused(let reason, _), .impossible(let reason), .unreachable(let reason):
            self.init(isDelivered: false, reason: reason)
        }
    }
}
