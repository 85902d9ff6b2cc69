public import HomieModel

/// Decides which alerts fire, what is their root cause, and who hears of it when. Pure: time comes in, nothing goes out.
///
/// An alert is pending until its condition has held as long as its rule says, and ends, pending or not, once it has not held
/// for as long as the rule lets it linger. What fires joins the group of its root cause: the furthest dependency that is not well either,
/// or the device. A group is told once its members had time to come together, then at most every few minutes.
public struct AlertPlanner: Sendable {
    let rules: [AlertRule]
    let silences: [Silence]
    let windows: [QuietWindow]
    let policy: AlertPolicy
    /// What local time is ahead of UTC.
    let offset: TimeSpan

    public init(
        rules: [AlertRule],
        silences: [Silence] = [],
        windows: [QuietWindow] = [],
        policy: AlertPolicy = AlertPolicy(),
        offset: TimeSpan = TimeSpan(nanoseconds: 0)
    ) {
        self.rules = rules.sorted { $0.name < $1.name }
        self.silences = silences
        self.windows = windows
        self.policy = policy
        self.offset = offset
    }

    public func plan(_ book: AlertBook, _ facts: AlertFacts, now: Timestamp) -> AlertPlan {
        var book = book
        var changed: Set<String> = []
        let known = Dictionary(rules.filter(\.isOn).map { ($0.name, $0) }) { first, _ in first }
        for rule in rules where rule.isOn {
            switch rule.condition {
            case .health(let condition): look(rule, condition, facts, &book, now)
            case .metric(let condition): look(rule, condition, facts, &book, now)
            case .event(let condition): look(rule, condition, facts, &book, now)
            }
        }
        book.lastEventID = facts.events.reduce(book.lastEventID) { max($0, $1.id) }
        for fingerprint in book.alerts.keys.sorted() {
            guard let alert = book.alerts[fingerprint] else { continue }
            guard let next = advanced(alert, by: known[alert.rule], facts, now) else {
                book.alerts[fingerprint] = nil
                continue
            }
            if next.state != alert.state { changed.insert(fingerprint) }
            book.alerts[fingerprint] = next
        }
        let before = book.groups
        join(&book, facts, now, &changed)
        var plan = AlertPlan(
            book: book,
            changed: [],
            notifications: [],
            closed: [],
            changedGroups: [],
            closedGroups: []
        )
        tell(&plan, now)
        plan.changed = changed.sorted().compactMap { plan.book.alerts[$0] ?? book.alerts[$0] }
        plan.changedGroups = plan.book.groups.values.filter { before[$0.key] != $0 }.sorted { $0.key < $1.key }
        return plan
    }

    /// Whether an alert must not be told now.
    public func isQuiet(_ alert: Alert, at now: Timestamp) -> Bool {
        silences.contains { $0.from <= now && now < $0.until && $0.matcher.matches(alert) }
            || windows.contains { $0.when.contains(now, offset: offset) && $0.matcher.matches(alert) }
    }

    /// An alert one look later; nil when it never came to fire.
    private func advanced(_ alert: Alert, by rule: AlertRule?, _ facts: AlertFacts, _ now: Timestamp) -> Alert? {
        var alert = alert
        guard alert.state != .resolved else { return alert }
        // A clock that was set back must not keep anything for ever.
        if alert.lastHeld > now { alert.lastHeld = now }
        if alert.since > now { alert.since = now }
        let holds = rule != nil && alert.lastHeld == now
        if rule != nil, isUnknown(alert, rule, facts) { alert.lastHeld = now }
        let lingers = rule?.lingers.span ?? TimeSpan(nanoseconds: 0)
        let isOver = alert.lastHeld != now && now - alert.lastHeld >= lingers
        switch alert.state {
        case .pending:
            // It lingers before it fires, too: what crashes again and again is well for a moment each time.
            guard let rule, !isOver else {
                // One that fired before in a group that goes on has ended again.
                guard alert.group != nil else { return nil }
                alert.state = .resolved
                alert.resolvedAt = now
                return alert
            }
            if holds, now - alert.since >= rule.holds.span {
                alert.state = .firing
                alert.firedAt = now
            }
        case .firing:
            if rule == nil || isOver {
                alert.state = .resolved
                alert.resolvedAt = now
            }
        case .resolved: break
        }
        return alert
    }

    /// Services and issues that nobody can be asked about, and values that were not measured, are as they were.
    private func isUnknown(_ alert: Alert, _ rule: AlertRule?, _ facts: AlertFacts) -> Bool {
        switch rule?.condition {
        case .health: facts.services == nil
        case .event: alert.subject.issue != nil && facts.issues == nil
        case .metric: facts.values[alert.rule] == nil || facts.partial.contains(alert.rule)
        case nil: false
        }
    }
}
