public import HomieModel
import HomiePlanning

extension AlertWatch: AlertControl {
    public func alerts(includesPast: Bool) async throws -> [Alert] {
        let open = book.alerts.values.sorted { ($1.severity, $0.fingerprint) < ($0.severity, $1.fingerprint) }
        return includesPast ? open + (try await store.pastAlerts(limit: 200)) : open
    }

    public func settings() -> AlertSettings { current }

    public func put(_ rule: AlertRule) async throws {
        try await change { settings in
            settings.rules.removeAll { $0.name == rule.name }
            settings.rules.append(rule)
        }
    }

    public func put(_ route: AlertRoute, secret: String?) async throws {
        try route.check()
        var route = route
        let name = Self.secretName(route.name)
        if let secret, route.kind == .webhook, !secret.isEmpty { _ = try WebhookKey(parsing: secret) }
        route.hasSecret = if let secret { !secret.isEmpty } else { try await store.isKept(name) }
        if route.kind == .webhook || route.kind == .gotify, !route.hasSecret {
            throw AlertError.bad(
                what: "the route '\(route.name)'",
                reason: route.kind == .webhook ? "needs a signing key (whsec_…)" : "needs an application's token"
            )
        }
        // What is refused leaves the secret that there is.
        if let secret { try await store.keep(secret.isEmpty ? nil : secret, as: name) }
        let changed = route
        try await change { settings in
            settings.routes.removeAll { $0.name == changed.name }
            settings.routes.append(changed)
            settings.routes.sort { $0.name < $1.name }
        }
    }

    public func put(_ window: QuietWindow) async throws {
        try await change { settings in
            settings.windows.removeAll { $0.name == window.name }
            settings.windows.append(window)
        }
    }

    public func add(_ silence: Silence) async throws -> Silence {
        let now = clocks.wall()
        guard silence.until > silence.from, silence.until > now else {
            throw AlertError.bad(what: "the silence", reason: "ends before it begins, or has ended already")
        }
        let changed = try await change { settings in
            var added = silence
            settings.lastSilence += 1
            added.id = settings.lastSilence
            settings.silences.removeAll { $0.until < now }
            settings.silences.append(added)
        }
        return changed.silences.last ?? silence
    }

    public func put(_ hook: IncomingHook, secret: String?) async throws {
        let name = Self.secretName(hook: hook.name)
        if let secret {
            if hook.signature == .standard { _ = try WebhookKey(parsing: secret) }
            guard secret.utf8.count >= 16 else {
                throw AlertError.bad(
                    what: "the key of the hook '\(hook.name)'",
                    reason: "is shorter than 16 characters"
                )
            }
            try await store.keep(secret, as: name)
        }
        guard try await store.isKept(name) else {
            throw AlertError.bad(what: "the hook '\(hook.name)'", reason: "needs a key to check signatures with")
        }
        try await change { settings in
            settings.hooks.removeAll { $0.name == hook.name }
            settings.hooks.append(hook)
            settings.hooks.sort { $0.name < $1.name }
        }
    }

    static func secretName(hook: AlertName) -> String { "hook/\(hook)" }

    public func remove(_ item: AlertItem) async throws {
        try await change { settings in
            let before = settings
            switch item {
            case .rule(let name): settings.rules.removeAll { $0.name == name }
            case .route(let name): settings.routes.removeAll { $0.name == name }
            case .window(let name): settings.windows.removeAll { $0.name == name }
            case .hook(let name): settings.hooks.removeAll { $0.name == name }
            case .silence(let id): settings.silences.removeAll { $0.id == id }
            }
            guard settings != before else { throw AlertError.missing(what: item.description) }
        }
        switch item {
        case .route(let name): try await store.keep(nil, as: Self.secretName(name))
        case .hook(let name): try await store.keep(nil, as: Self.secretName(hook: name))
        case .rule, .window, .silence: break
        }
    }

    public func test(_ route: AlertName) async throws -> SendOutcome {
        guard let found = current.routes.first(where: { $0.name == route }) else {
            throw AlertError.missing(what: "route '\(route)'")
        }
        let now = clocks.wall()
        let rule = AlertRule(name: route, severity: .info, condition: .event(EventCondition(kinds: [])))
        var alert = Alert(
            rule: rule,
            subject: AlertSubject(),
            summary: "this is a test of the route '\(route)'",
            since: now
        )
        alert.state = .firing
        alert.firedAt = now
        let notification = AlertNotification(
            group: "test",
            openedAt: now,
            sequence: 1,
            isResolved: false,
            at: now,
            alerts: [alert]
        )
        return await courier.attempt(notification, id: "msg_test_\(now.nanoseconds)", to: found)
    }

    public func deliveries(_ state: Delivery.State?) async throws -> [Delivery] {
        try await store.deliveries(state, limit: 500)
    }

    public func retry(_ delivery: String) async throws {
        let all = try await store.deliveries(nil, limit: 100_000)
        guard var found = all.first(where: { $0.id == delivery }), found.state != .delivered else {
            throw AlertError.missing(what: "delivery '\(delivery)' that was not delivered")
        }
        found.state = .waiting
        found.attempts = 0
        found.dueAt = clocks.wall()
        // Its three days begin anew.
        found.createdAt = found.dueAt
        try await store.update([found])
        await courier.wake(forgetting: found.route)
    }

    /// Writes the settings down, then uses them.
    @discardableResult
    private func change(_ edit: (inout AlertSettings) throws -> Void) async throws -> AlertSettings {
        try await mutations.run {
            var settings = current
            try edit(&settings)
            try await store.save(settings)
            current = settings
            await courier.use(settings.routes)
            waker.yield()
            return settings
        }
    }
}

extension AlertItem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .rule(let name): "rule '\(name)' beside the standard ones"
        case .route(let name): "route '\(name)'"
        case .window(let name): "maintenance window '\(name)'"
        case .hook(let name): "hook '\(name)'"
        case .silence(let id): "silence \(id)"
        }
    }
}
