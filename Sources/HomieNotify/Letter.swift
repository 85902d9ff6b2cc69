import HomieModel
import HomieTransfer

/// A notification as one receiver wants it.
struct Letter {
    let notification: AlertNotification
    let id: String
    let route: AlertRoute
    let secret: String?
    let device: String
    let now: Timestamp

    private var text: NotificationText { NotificationText(notification: notification, device: device) }

    /// - Throws: ``AlertError`` when the route lacks something.
    func message() throws -> OutgoingMessage {
        switch route.kind {
        case .smtp: mail()
        case .ntfy: try ntfy()
        case .gotify: gotify()
        case .webhook: try webhook()
        case .alertmanager: post(route.url, alertmanager, authorization)
        }
    }

    private func post(_ url: String, _ body: JSONValue, _ headers: [String]) -> OutgoingMessage {
        OutgoingMessage(
            url: url,
            form: .post(headers: ["Content-Type: application/json"] + headers, body: body.jsonBytes)
        )
    }

    private var authorization: [String] {
        guard let secret else { return [] }
        guard let user = route.user else { return ["Authorization: Bearer \(secret)"] }
        return ["Authorization: Basic \(Base64.encode(Array("\(user):\(secret)".utf8)))"]
    }

    // The JSON form of publishing, which goes to the server's root (https://docs.ntfy.sh/publish/#publish-as-json).
    private func ntfy() throws -> OutgoingMessage {
        guard let slash = route.url.lastIndex(of: "/"), slash > route.url.startIndex else {
            throw AlertError.bad(what: "the route '\(route.name)'", reason: "has an address without a topic")
        }
        let topic = String(route.url[route.url.index(after: slash)...])
        guard !topic.isEmpty, route.url[..<slash].count(where: { $0 == "/" }) >= 2 else {
            throw AlertError.bad(what: "the route '\(route.name)'", reason: "has an address without a topic")
        }
        let priority: Int64 =
            switch (notification.isResolved, notification.severity) {
            case (true, _), (false, .info): 3
            case (false, .warning): 4
            case (false, .critical): 5
            }
        let body: JSONValue = [
            "topic": .string(topic), "title": .string(text.title), "message": .string(text.body),
            "priority": .integer(priority), "tags": [.string(notification.isResolved ? "white_check_mark" : "warning")],
        ]
        return post(String(route.url[...slash]), body, authorization)
    }

    private func gotify() -> OutgoingMessage {
        let priority: Int64 = notification.isResolved ? 2 : notification.severity == .critical ? 8 : 5
        let body: JSONValue = [
            "title": .string(text.title), "message": .string(text.body), "priority": .integer(priority),
        ]
        let base = route.url.hasSuffix("/") ? String(route.url.dropLast()) : route.url
        return post("\(base)/message", body, ["X-Gotify-Key: \(secret ?? "")"])
    }

    private func webhook() throws -> OutgoingMessage {
        let body: JSONValue = [
            "type": .string(notification.isResolved ? "alert.resolved" : "alert.firing"),
            "timestamp": .string(notification.at.rfc3339),
            "data": [
                "device": .string(device), "title": .string(notification.title), "group": .string(notification.group),
                "sequence": .integer(Int64(notification.sequence)), "severity": .string(notification.severity.rawValue),
                "alerts": .array(notification.alerts.map(Self.value)),
            ],
        ]
        let key = try WebhookKey(parsing: secret ?? "")
        let second = now.nanoseconds / 1_000_000_000
        let signature = WebhookSignature.sign(body.jsonBytes, id: id, second: second, key: key)
        return post(
            route.url,
            body,
            ["webhook-id: \(id)", "webhook-timestamp: \(second)", "webhook-signature: \(signature)"]
        )
    }

    private static func value(_ alert: Alert) -> JSONValue {
        var value: [String: JSONValue] = [
            "rule": .string(alert.rule.text), "state": .string(alert.state.rawValue),
            "severity": .string(alert.severity.rawValue), "summary": .string(alert.summary),
            "subject": .string(alert.subject.description), "since": .string(alert.since.rfc3339),
        ]
        value["stack"] = alert.subject.stack.map { .string($0.text) }
        value["service"] = alert.subject.service.map { .string($0.text) }
        value["issue"] = alert.subject.issue.map { .string($0) }
        value["value"] = alert.value.map { .number($0) }
        value["resolvedAt"] = alert.resolvedAt.map { .string($0.rfc3339) }
        return .object(value)
    }

    // https://prometheus.io/docs/alerting/latest/configuration/#webhook_config, version 4.
    private var alertmanager: JSONValue {
        let alerts: [JSONValue] = notification.alerts.filter { $0.state != .pending }.map { alert in
            var labels: [String: JSONValue] = [
                "alertname": .string(alert.rule.text), "severity": .string(alert.severity.rawValue),
                "device": .string(device), "subject": .string(alert.subject.description),
            ]
            labels["stack"] = alert.subject.stack.map { .string($0.text) }
            labels["service"] = alert.subject.service.map { .string($0.text) }
            return [
                "status": .string(alert.state == .resolved ? "resolved" : "firing"), "labels": .object(labels),
                "annotations": ["summary": .string(alert.summary)], "startsAt": .string(alert.since.rfc3339),
                "endsAt": .string(alert.resolvedAt?.rfc3339 ?? "0001-01-01T00:00:00Z"), "generatorURL": "",
                "fingerprint": .string(alert.fingerprint),
            ]
        }
        let common: JSONValue = ["device": .string(device)]
        return [
            "version": "4", "groupKey": .string("{}:{root=\"\(notification.group)\"}"), "truncatedAlerts": 0,
            "status": .string(notification.isResolved ? "resolved" : "firing"), "receiver": .string(route.name.text),
            "groupLabels": ["root": .string(notification.group)], "commonLabels": common, "commonAnnotations": [:],
            "externalURL": "", "alerts": .array(alerts),
        ]
    }

    private func mail() -> OutgoingMessage {
        let from = route.from ?? ""
        let host = from.split(separator: "@").last.map(String.init) ?? "localhost"
        let fields = [
            "From: \(from)", "To: \(route.to.joined(separator: ", "))", "Subject: \(MailText.field(text.title))",
            "Date: \(MailText.date(now))",
            // The same at every attempt: mailboxes show such a mail once.
            "Message-ID: <\(id)@\(host)>", "Auto-Submitted: auto-generated", "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64",
        ]
        let content = fields.joined(separator: "\r\n") + "\r\n\r\n" + MailText.lines(text.body + "\n")
        return OutgoingMessage(
            url: route.url,
            form: .mail(from: from, to: route.to, content: Array(content.utf8), requiresEncryption: secret != nil),
            login: secret.map { .init(user: route.user ?? from, password: $0) }
        )
    }
}

/// Mail's ways of writing text (RFC 5322, RFC 2045, RFC 2047).
enum MailText {
    /// A header field's text; what is not ASCII as encoded words.
    static func field(_ text: String) -> String {
        let plain = text.filter { !$0.isNewline }
        if plain.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }), plain.utf8.count < 200 { return plain }
        var words: [String] = []
        var word = ""
        for character in plain.prefix(150) {
            // An encoded word has 75 characters at most.
            if word.utf8.count + String(character).utf8.count > 42 {
                words.append(word)
                word = ""
            }
            word.append(character)
        }
        words.append(word)
        return words.map { "=?utf-8?B?\(Base64.encode(Array($0.utf8)))?=" }.joined(separator: "\r\n ")
    }

    /// Base64 in lines of 76 characters.
    static func lines(_ text: String) -> String {
        var rest = Base64.encode(Array(text.utf8))[...]
        var lines = ""
        while !rest.isEmpty {
            lines += rest.prefix(76) + "\r\n"
            rest = rest.dropFirst(76)
        }
        return lines
    }

    /// `Thu, 26 Nov 2026 04:05:06 +0000`
    static func date(_ time: Timestamp) -> String {
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        // 1970-01-01 was a Thursday.
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let text = Array(time.rfc3339)
        let second = max(0, time.nanoseconds / 1_000_000_000)
        let month = Int(String(text[5..<7])) ?? 1
        return "\(days[Int(second / 86_400 % 7)]), \(String(text[8..<10])) \(names[month - 1]) \(String(text[0..<4])) "
            + "\(String(text[11..<19])) +0000"
    }
}
