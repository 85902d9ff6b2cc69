import HomieModel

/// A notification in words.
struct NotificationText {
    let notification: AlertNotification
    let device: String

    var title: String { "\(device): \(notification.title)" }

    /// One line for each alert, the root cause first.
    var body: String {
        let lines = notification.alerts.prefix(50).map { alert in
            switch alert.state {
            case .resolved: "resolved: \(alert.summary), after \(length(of: alert))"
            case .pending: "not sure yet: \(alert.summary)"
            case .firing: "\(alert.severity.rawValue): \(alert.summary), since \(Self.clock(alert.since))"
            }
        }
        let rest = notification.alerts.count - lines.count
        return (lines + (rest > 0 ? ["and \(rest) more"] : [])).joined(separator: "\n")
    }

    private func length(of alert: Alert) -> Period {
        let seconds = ((alert.resolvedAt ?? notification.at) - alert.since).nanoseconds / 1_000_000_000
        return .seconds(Double(max(0, seconds)))
    }

    static func clock(_ time: Timestamp) -> String {
        let text = time.rfc3339
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC"
    }
}
