import Foundation
import HomieModel
import HomieNotify
import HomieSupervisor
import Testing

/// Notifications as others' libraries read them.
@Suite(.serialized, .enabled(if: Receiver.isExpected))
struct ReceiverIntegrationTests {
    private let now = Timestamp(nanoseconds: Int64(Date().timeIntervalSince1970) * 1_000_000_000)

    private func notification() throws -> AlertNotification {
        let rule = AlertRule(
            name: try AlertName(parsing: "service-unhealthy"),
            severity: .critical,
            condition: .health(HealthCondition(phases: [.unhealthy]))
        )
        let subject = AlertSubject(stack: try StackName(parsing: "shop"), service: try ServiceName(parsing: "web"))
        var alert = Alert(rule: rule, subject: subject, summary: "shop/web ist „krank“", since: now)
        alert.state = .firing
        return AlertNotification(
            group: "shop/web",
            openedAt: now,
            sequence: 1,
            isResolved: false,
            at: now,
            alerts: [alert]
        )
    }

    private func send(_ kind: AlertRoute.Kind, _ url: String, secret: String?, local: Bool = true) async throws
        -> SendOutcome
    {
        let route = AlertRoute(
            name: try AlertName(parsing: "test"),
            kind: kind,
            url: url,
            from: "homie@example.org",
            to: ["me@example.org", "you@example.org"],
            user: kind == .alertmanager ? "ann" : nil,
            allowsLocal: local
        )
        let sender = NotificationSender(device: "attic", release: "1.2.3", now: { now })
        return await sender.send(try notification(), id: "msg_1", to: route, secret: secret)
    }

    @Test func `each kind of receiver gets what it reads: signed, addressed and whole`() async throws {
        let receiver = try await Receiver()
        let base = "http://127.0.0.1:\(receiver.httpPort)"
        #expect(try await send(.webhook, "\(base)/hook", secret: Receiver.key) == .delivered)
        #expect(try await send(.ntfy, "\(base)/my-topic", secret: "tk_token") == .delivered)
        #expect(try await send(.gotify, base, secret: "app") == .delivered)
        #expect(try await send(.alertmanager, "\(base)/am", secret: "pass") == .delivered)
        #expect(try await send(.smtp, "smtp://127.0.0.1:\(receiver.mailPort)", secret: nil) == .delivered)
        let all = try receiver.received()
        try #require(all.count == 5)
        #expect(all[0]["verified"] == .bool(true))
        #expect(all[0]["body"]?["type"] == "alert.firing")
        #expect(all[0]["headers"]?["user-agent"] == "homie/1.2.3")
        #expect(all[1]["path"] == "/")
        #expect(all[1]["body"]?["topic"] == "my-topic")
        #expect(all[1]["body"]?["priority"] == 5)
        #expect(all[1]["headers"]?["authorization"] == "Bearer tk_token")
        #expect(all[2]["path"] == "/message")
        #expect(all[2]["headers"]?["x-gotify-key"] == "app")
        #expect(all[2]["body"]?["title"] == "attic: Critical: shop/web ist „krank“")
        #expect(all[3]["body"]?["version"] == "4")
        #expect(all[3]["headers"]?["authorization"] == "Basic YW5uOnBhc3M=")
        let alert = all[3]["body"]?["alerts"]?.arrayValue?.first
        #expect(alert?["labels"]?["alertname"] == "service-unhealthy")
        #expect(alert?["endsAt"] == "0001-01-01T00:00:00Z")
        let mail = try #require(all[4]["mail"])
        #expect(mail["subject"] == "attic: Critical: shop/web ist „krank“")
        #expect(mail["to"] == ["me@example.org", "you@example.org"])
        #expect(mail["id"] == "<msg_1@example.org>")
        #expect(mail["text"]?.stringValue?.hasPrefix("critical: shop/web ist „krank“, since ") == true)
        #expect(mail["defects"] == [])
    }

    @Test
    func `what may not be reached is not, redirects lead nowhere, and a password does not go over the wire in clear`()
        async throws
    {
        let receiver = try await Receiver()
        let base = "http://127.0.0.1:\(receiver.httpPort)"
        // Not the name, but what it stands for counts; and libcurl's own ways of writing an address.
        for host in ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"] {
            let url = "http://\(host):\(receiver.httpPort)/hook"
            guard case .impossible = try await send(.webhook, url, secret: Receiver.key, local: false) else {
                Issue.record("\(host) was reached")
                continue
            }
        }
        guard case .impossible = try await send(.webhook, "http://169.254.169.254/latest", secret: Receiver.key) else {
            Issue.record("a metadata service was asked")
            return
        }
        #expect(try receiver.received().isEmpty)
        guard case .refused(_, let wait) = try await send(.webhook, "\(base)/busy", secret: Receiver.key) else {
            Issue.record("a busy receiver took it")
            return
        }
        #expect(wait == .seconds(120))
        guard case .impossible = try await send(.webhook, "\(base)/gone", secret: Receiver.key),
            case .refused = try await send(.webhook, "\(base)/moved", secret: Receiver.key)
        else {
            Issue.record("an answer was misread")
            return
        }
        let smtp = "smtp://127.0.0.1:\(receiver.mailPort)"
        #expect(try await send(.smtp, smtp, secret: "password") != .delivered)
        #expect(try receiver.received().map { $0["path"]?.stringValue ?? "mail" } == ["/busy", "/gone", "/moved"])
        // Nobody listens there any more.
        guard case .unreachable = try await send(.webhook, "http://127.0.0.1:9/", secret: Receiver.key) else {
            Issue.record("port 9 answered")
            return
        }
    }
}
