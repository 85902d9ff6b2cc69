public import HomieModel

extension APIClient {
    public func alerts(includesPast: Bool = false) async throws -> [Alert] {
        let answer: AlertsAnswer = try await call(.listAlerts, query: includesPast ? [("past", "true")] : [])
        return answer.alerts
    }

    public func alertRules() async throws -> [AlertRule] {
        let answer: AlertRulesAnswer = try await call(.listAlertRules)
        return answer.rules
    }

    public func put(_ rule: AlertRule) async throws {
        let _: HealthAnswer = try await call(.putAlertRule, path: ["rule": rule.name.text], body: rule)
    }

    public func alertRoutes() async throws -> [AlertRoute] {
        let answer: AlertRoutesAnswer = try await call(.listAlertRoutes)
        return answer.routes
    }

    /// - Parameter secret: nil keeps the one there is; an empty one takes it away.
    public func put(_ route: AlertRoute, secret: String?) async throws {
        let body = try Self.body(route, secret: secret, without: "hasSecret")
        let _: HealthAnswer = try await call(.putAlertRoute, path: ["route": route.name.text], body: body)
    }

    public func testRoute(_ name: AlertName) async throws -> SendReport {
        try await call(.testAlertRoute, path: ["route": name.text])
    }

    public func silences() async throws -> SilencesAnswer { try await call(.listSilences) }

    public func silence(_ request: SilenceRequest) async throws -> Silence {
        try await call(.addSilence, body: request)
    }

    public func put(_ window: QuietWindow) async throws {
        let _: HealthAnswer = try await call(.putAlertWindow, path: ["window": window.name.text], body: window)
    }

    public func deliveries(_ state: Delivery.State? = nil) async throws -> [Delivery] {
        let answer: DeliveriesAnswer = try await call(
            .listDeliveries,
            query: state.map { [("state", $0.rawValue)] } ?? []
        )
        return answer.deliveries
    }

    public func retryDelivery(_ id: String) async throws {
        let _: HealthAnswer = try await call(.retryDelivery, path: ["delivery": id])
    }

    public func hooks() async throws -> [IncomingHook] {
        let answer: HooksAnswer = try await call(.listHooks)
        return answer.hooks
    }

    public func put(_ hook: IncomingHook, secret: String?) async throws {
        let body = try Self.body(hook, secret: secret)
        let _: HealthAnswer = try await call(.putHook, path: ["hook": hook.name.text], body: body)
    }

    public func removeRule(_ name: AlertName) async throws { try await remove(.removeAlertRule, ["rule": name.text]) }
    public func removeRoute(_ name: AlertName) async throws {
        try await remove(.removeAlertRoute, ["route": name.text])
    }
    public func removeWindow(_ name: AlertName) async throws {
        try await remove(.removeAlertWindow, ["window": name.text])
    }
    public func removeHook(_ name: AlertName) async throws { try await remove(.removeHook, ["hook": name.text]) }
    public func removeSilence(_ id: Int64) async throws { try await remove(.removeSilence, ["silence": "\(id)"]) }

    private func remove(_ operation: Operation, _ path: [String: String]) async throws {
        let _: HealthAnswer = try await call(operation, path: path)
    }

    private static func body(_ value: some Encodable, secret: String?, without key: String? = nil) throws -> JSONValue {
        var members = try JSONValue(parsing: JSONText.bytes(value)).objectValue ?? [:]
        if let key { members[key] = nil }
        if let secret { members["secret"] = .string(secret) }
        return .object(members)
    }
}
