import HomieModel

extension AlertPlanner {
    func look(
        _ rule: AlertRule,
        _ condition: HealthCondition,
        _ facts: AlertFacts,
        _ book: inout AlertBook,
        _ now: Timestamp
    ) {
        for service in facts.services ?? [] where condition.phases.contains(service.phase) {
            guard condition.stack == nil || condition.stack == service.stack,
                condition.service == nil || condition.service == service.service
            else { continue }
            let reason = service.reason.map { ": \($0)" } ?? ""
            hold(
                rule,
                AlertSubject(stack: service.stack, service: service.service),
                "\(service.stack)/\(service.service) is \(service.phase.rawValue)\(reason)",
                value: nil,
                &book,
                now
            )
        }
    }

    func look(
        _ rule: AlertRule,
        _ condition: MetricCondition,
        _ facts: AlertFacts,
        _ book: inout AlertBook,
        _ now: Timestamp
    ) {
        let values = (facts.values[rule.name] ?? [:]).sorted { $0.key.description < $1.key.description }
        for (name, value) in values {
            let subject = Self.subject(of: name)
            let isFiring = book.alerts["\(rule.name) \(subject)"]?.state == .firing
            guard condition.holds(value, isFiring: isFiring) else { continue }
            let limit = condition.above.map { "above \(Self.text($0))" } ?? "below \(Self.text(condition.below ?? 0))"
            let what = "\(condition.function) of \(name)"
            hold(rule, subject, "\(what) is \(Self.text(value)), \(limit)", value: value, &book, now)
        }
    }

    func look(
        _ rule: AlertRule,
        _ condition: EventCondition,
        _ facts: AlertFacts,
        _ book: inout AlertBook,
        _ now: Timestamp
    ) {
        look(rule, condition, at: facts.issues ?? [], &book, now)
        for event in facts.events where event.id > book.lastEventID && event.kind != Self.issueOpened {
            guard condition.stack == nil || condition.stack == event.stack,
                condition.service == nil || condition.service == event.service
            else { continue }
            let subject = AlertSubject(stack: event.stack, service: event.service)
            let fingerprint = "\(rule.name) \(subject)"
            if EventCondition.matches(event.kind, condition.kinds) {
                let since = min(event.at, now)
                hold(rule, subject, event.message, value: nil, &book, now, since: since)
                book.alerts[fingerprint]?.heldUntil = since + condition.lasts.span
                book.alerts[fingerprint]?.event = event.id
            } else if EventCondition.matches(event.kind, condition.clearedBy) {
                book.alerts[fingerprint]?.heldUntil = min(event.at, now)
            }
        }
        for (fingerprint, alert) in book.alerts
        where alert.rule == rule.name && alert.state != .resolved && alert.subject.issue == nil {
            // A clock that was set back makes it last no longer.
            let until = alert.heldUntil.map { min($0, now + condition.lasts.span) }
            book.alerts[fingerprint]?.heldUntil = until
            if let until, now < until {
                book.alerts[fingerprint]?.lastHeld = now
            } else if alert.lastHeld >= now {
                // Happened and ended within one look.
                book.alerts[fingerprint]?.lastHeld = Timestamp(nanoseconds: now.nanoseconds - 1)
            }
        }
    }

    /// Where issues are told of, each is an alert of its own, for as long as it is open.
    private func look(
        _ rule: AlertRule,
        _ condition: EventCondition,
        at issues: [DeviceIssue],
        _ book: inout AlertBook,
        _ now: Timestamp
    ) {
        guard EventCondition.matches(Self.issueOpened, condition.kinds) else { return }
        for issue in issues {
            guard condition.stack == nil || condition.stack == issue.stack,
                condition.service == nil || condition.service == issue.service
            else { continue }
            let subject = AlertSubject(stack: issue.stack, service: issue.service, issue: issue.id)
            hold(rule, subject, issue.summary, value: nil, &book, now)
        }
    }

    private static let issueOpened = "issue.opened"

    /// Notes that a condition holds now.
    private func hold(
        _ rule: AlertRule,
        _ subject: AlertSubject,
        _ summary: String,
        value: Double?,
        _ book: inout AlertBook,
        _ now: Timestamp,
        since: Timestamp? = nil
    ) {
        let fingerprint = "\(rule.name) \(subject)"
        guard var alert = book.alerts[fingerprint] else {
            var alert = Alert(rule: rule, subject: subject, summary: summary, value: value, since: since ?? now)
            alert.lastHeld = now
            book.alerts[fingerprint] = alert
            return
        }
        if alert.state == .resolved {
            // It begins again while its group goes on.
            alert.state = .pending
            alert.since = since ?? now
            alert.firedAt = nil
            alert.resolvedAt = nil
        }
        alert.lastHeld = now
        alert.value = value
        // What was told keeps its words, except for how bad it is.
        if alert.state == .pending { alert.summary = summary }
        book.alerts[fingerprint] = alert
    }

    private static func subject(of name: SeriesName) -> AlertSubject {
        let stack = name["stack"].flatMap { try? StackName(parsing: $0) }
        let service = name["service"].flatMap { try? ServiceName(parsing: $0) }
        let rest = name.labels.filter {
            !($0.name == "stack" && stack != nil) && !($0.name == "service" && service != nil)
        }
        let isPlain = rest.isEmpty && stack != nil
        let series = isPlain ? nil : SeriesName(name.metric, rest).description
        return AlertSubject(stack: stack, service: service, series: series)
    }

    private static func text(_ value: Double) -> String {
        if let whole = Int64(exactly: value) { return "\(whole)" }
        return "\((value * 1000).rounded() / 1000)"
    }
}
