import HomieModel

extension AlertPlanner {
    /// Gives each alert that fires the group of its root cause.
    func join(_ book: inout AlertBook, _ facts: AlertFacts, _ now: Timestamp, _ changed: inout Set<String>) {
        let active = book.alerts.values.filter { $0.state != .resolved }
        let failing = Set(active.map { Self.place($0.subject) })
        let root = active.filter(\.isRoot).map(\.fingerprint).min()
        for (fingerprint, alert) in book.alerts where alert.state != .pending && alert.group == nil {
            let key: String
            if let root {
                key = root
            } else if alert.subject.service != nil {
                key = cause(of: Self.place(alert.subject), failing, facts.dependencies).description
            } else {
                key = fingerprint
            }
            book.alerts[fingerprint]?.group = key
            changed.insert(fingerprint)
            if book.groups[key] == nil { book.groups[key] = AlertGroup(key: key, openedAt: now) }
        }
    }

    /// The service that a subject belongs to.
    private static func place(_ subject: AlertSubject) -> AlertSubject {
        AlertSubject(stack: subject.stack, service: subject.service)
    }

    /// The furthest failing dependency of which nothing that it needs fails; by name where there are several.
    private func cause(
        of subject: AlertSubject,
        _ failing: Set<AlertSubject>,
        _ dependencies: [AlertSubject: Set<AlertSubject>]
    ) -> AlertSubject {
        var seen: Set<AlertSubject> = [subject]
        var layer: Set<AlertSubject> = [subject]
        var cause = subject
        while !layer.isEmpty {
            let next = layer.reduce(into: Set<AlertSubject>()) { $0.formUnion(dependencies[$1] ?? []) }
                .subtracting(seen)
            seen.formUnion(next)
            if let found = next.intersection(failing).min() { cause = found }
            layer = next
        }
        return cause
    }

    /// Decides what is told, and closes what is over and told.
    func tell(_ plan: inout AlertPlan, _ now: Timestamp) {
        let members = Dictionary(grouping: plan.book.alerts.values.filter { $0.group != nil }) { $0.group ?? "" }
        for key in plan.book.groups.keys.sorted() {
            guard var group = plan.book.groups[key] else { continue }
            let alerts = (members[key] ?? []).sorted { $0.fingerprint < $1.fingerprint }
            let audible = alerts.filter { !isQuiet($0, at: now) }
            if isDue(group, audible, all: alerts, now) {
                plan.notifications.append(notification(&group, audible, plan.book, now))
            }
            let isOver = alerts.allSatisfy { $0.state == .resolved }
            // What ended in silence is not told any more.
            let isTold = audible.allSatisfy { group.told[$0.fingerprint] == .resolved }
            if isOver && isTold {
                plan.book.groups[key] = nil
                plan.closedGroups.append(key)
                for alert in alerts {
                    plan.book.alerts[alert.fingerprint] = nil
                    plan.closed.append(alert)
                }
            } else {
                plan.book.groups[key] = group
            }
        }
    }

    private func isDue(_ group: AlertGroup, _ audible: [Alert], all alerts: [Alert], _ now: Timestamp) -> Bool {
        let news = audible.filter { $0.state != .pending && group.told[$0.fingerprint] != $0.state }
        // A clock that was set back does not silence for ever.
        guard let notified = group.notifiedAt else {
            return !news.isEmpty && (group.openedAt > now || now - group.openedAt >= policy.wait)
        }
        let elapsed = notified > now ? policy.reminder : now - notified
        if !news.isEmpty {
            return alerts.allSatisfy { $0.state == .resolved } || elapsed >= policy.interval
        }
        return elapsed >= policy.reminder && audible.contains { $0.state == .firing }
    }

    private func notification(
        _ group: inout AlertGroup,
        _ audible: [Alert],
        _ book: AlertBook,
        _ now: Timestamp
    ) -> AlertNotification {
        // What ended and was told so is not told again.
        var told = audible.filter {
            $0.state == .firing || ($0.state == .resolved && group.told[$0.fingerprint] != .resolved)
        }
        // The root cause belongs to it, also while it is not sure yet.
        let isResolved = audible.allSatisfy { $0.state == .resolved }
        let causes = book.alerts.values.filter {
            !isResolved && $0.state == .pending && $0.group == nil
                && ($0.fingerprint == group.key || $0.subject.description == group.key)
                && !isQuiet($0, at: now)
        }
        told += causes
        func rank(_ alert: Alert) -> Int {
            if alert.fingerprint == group.key { return 0 }
            return Self.place(alert.subject).description == group.key ? 1 : 2
        }
        told.sort { (rank($0), $1.severity, $0.fingerprint) < (rank($1), $0.severity, $1.fingerprint) }
        group.sequence += 1
        group.notifiedAt = now
        for alert in audible where alert.state != .pending { group.told[alert.fingerprint] = alert.state }
        return AlertNotification(
            group: group.key,
            openedAt: group.openedAt,
            sequence: group.sequence,
            isResolved: isResolved,
            at: now,
            alerts: told
        )
    }
}
