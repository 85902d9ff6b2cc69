internal import HomieAPI
internal import HomieConsole
internal import HomieModel

extension Listings {
    static func alerts(_ alerts: [Alert], now: Timestamp) -> Listing<AlertsAnswer> {
        Listing(
            AlertsAnswer(alerts: alerts),
            rows: alerts,
            columns: [
                Column("STATE") { alert in
                    switch alert.state {
                    case .firing: Cell(alert.severity.rawValue, alert.severity == .critical ? .bad : .warning)
                    case .pending: Cell("pending", .busy)
                    case .resolved: Cell("over", .faint)
                    }
                },
                Column("RULE") { Cell($0.rule.text, .strong) },
                Column("SINCE") { Cell(TimeText.relative($0.since, now: now)) },
                Column("BECAUSE OF") { alert in
                    let isOwn =
                        alert.group == nil || alert.group == alert.subject.description
                        || alert.group == alert.fingerprint
                    return Cell(isOwn ? "" : alert.group ?? "")
                },
                Column("WHAT") { Cell($0.summary) },
            ],
            nothing: "Nothing is wrong.",
            identity: { $0.fingerprint }
        )
    }

    static func rules(_ rules: [AlertRule]) -> Listing<AlertRulesAnswer> {
        Listing(
            AlertRulesAnswer(rules: rules),
            rows: rules,
            columns: [
                Column("RULE") { Cell($0.name.text, .strong) },
                Column("SEVERITY") { Cell($0.isOn ? $0.severity.rawValue : "off", $0.isOn ? .plain : .faint) },
                Column("FOR") { Cell($0.holds.span.nanoseconds == 0 ? "" : $0.holds.description) },
                Column("WHEN") { Cell(condition($0.condition)) },
            ],
            nothing: "There are no rules.",
            identity: { $0.name.text }
        )
    }

    private static func condition(_ condition: AlertCondition) -> String {
        switch condition {
        case .health(let health):
            let place = [health.stack?.text, health.service?.text].compactMap { $0 }.joined(separator: "/")
            let phases = health.phases.map(\.rawValue).joined(separator: " or ")
            return "\(place.isEmpty ? "a service" : place) is \(phases)"
        case .metric(let metric):
            let limit =
                metric.above.map { "above \(MeasureText.plain($0))" } ?? "below \(MeasureText.plain(metric.below ?? 0))"
            let clears = metric.clears.map { ", well at \(MeasureText.plain($0))" } ?? ""
            return "\(metric.function) of \(metric.series) over \(metric.over) is \(limit)\(clears)"
        case .event(let event):
            let cleared = event.clearedBy.isEmpty ? "" : ", until \(event.clearedBy.joined(separator: " or "))"
            return "\(event.kinds.joined(separator: " or ")) happened\(cleared)"
        }
    }

    static func alertRoutes(_ routes: [AlertRoute]) -> Listing<AlertRoutesAnswer> {
        Listing(
            AlertRoutesAnswer(routes: routes),
            rows: routes,
            columns: [
                Column("ROUTE") { Cell($0.name.text, .strong) },
                Column("KIND") { Cell($0.kind.rawValue) },
                Column("FOR") { route in
                    Cell(
                        route.isOn
                            ? (route.rules?.map(\.text).joined(separator: ", ") ?? "\(route.least.rawValue) and worse")
                            : "off"
                    )
                },
                Column("TO") { Cell(([$0.url] + $0.to).joined(separator: " ")) },
            ],
            nothing: "Nobody is told; 'homie alert route set' changes that.",
            identity: { $0.name.text }
        )
    }

    static func silences(_ answer: SilencesAnswer) -> Listing<SilencesAnswer> {
        func what(_ matcher: AlertMatcher) -> String {
            let parts = [
                matcher.rule.map { "rule \($0)" }, matcher.stack.map { "stack \($0)" },
                matcher.service.map { "service \($0)" },
            ].compactMap { $0 }
            return parts.isEmpty ? "everything" : parts.joined(separator: ", ")
        }
        let rows =
            answer.silences.map { ["\($0.id)", "until \(TimeText.clock($0.until)) UTC", what($0.matcher), $0.comment] }
            + answer.windows.map { [$0.name.text, "\($0.when)", what($0.matcher), "maintenance window"] }
        return Listing(
            answer,
            rows: rows,
            columns: [
                Column("ID") { Cell($0[0], .strong) }, Column("WHEN") { Cell($0[1]) }, Column("QUIET") { Cell($0[2]) },
                Column("WHY") { Cell($0[3]) },
            ],
            nothing: "No alerts are kept quiet.",
            identity: { $0[0] }
        )
    }

    static func deliveries(_ deliveries: [Delivery], now: Timestamp) -> Listing<DeliveriesAnswer> {
        Listing(
            DeliveriesAnswer(deliveries: deliveries),
            rows: deliveries,
            columns: [
                Column("ID") { Cell($0.id) },
                Column("ROUTE") { Cell($0.route.text, .strong) },
                Column("STATE") {
                    Cell($0.state.rawValue, $0.state == .dead ? .bad : $0.state == .waiting ? .busy : .good)
                },
                Column("MADE") { Cell(TimeText.relative($0.createdAt, now: now)) },
                Column("TRIED", .right) { Cell("\($0.attempts)") },
                Column("NEXT") { Cell($0.state == .waiting ? TimeText.relative($0.dueAt, now: now) : "") },
                Column("WHAT") { Cell([$0.title, $0.lastError].compactMap { $0 }.joined(separator: "; ")) },
            ],
            nothing: "Nothing was sent.",
            identity: { $0.id }
        )
    }

    static func hooks(_ hooks: [IncomingHook]) -> Listing<HooksAnswer> {
        Listing(
            HooksAnswer(hooks: hooks),
            rows: hooks,
            columns: [
                Column("HOOK") { Cell($0.name.text, .strong) },
                Column("SIGNED AS") { Cell($0.isOn ? $0.signature.rawValue : "off") },
                Column("DOES") { hook in
                    switch hook.action {
                    case .deploy(let stack): Cell("deploys \(stack)")
                    case .job(let job): Cell("runs job \(job)")
                    }
                },
                Column("ADDRESS") { Cell("/api/v1/hooks/\($0.name)/receive") },
            ],
            nothing: "There are no incoming webhooks; 'homie hook set' makes one.",
            identity: { $0.name.text }
        )
    }
}
