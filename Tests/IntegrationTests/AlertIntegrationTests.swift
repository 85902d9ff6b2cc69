import Crypto
import Foundation
import HomieAPI
import HomieHTTP
import HomieModel
import Testing

@testable import homie_cli

/// The daemon tells a real receiver, and takes signed requests from outside.
@Suite(.serialized, .enabled(if: EngineUnderTest.isExpected && Receiver.isExpected))
struct AlertIntegrationTests {
    private func hook(_ daemon: DaemonProcess, id: String, key: String = Receiver.key) async throws -> Int {
        let second = Int64(Date().timeIntervalSince1970)
        let body = Array(#"{"ref": "main"}"#.utf8)
        let bytes = try WebhookKey(parsing: key).bytes
        let code = HMAC<SHA256>.authenticationCode(
            for: Array("\(id).\(second).".utf8) + body,
            using: SymmetricKey(data: bytes)
        )
        var fields = HTTPFields()
        fields["webhook-id"] = id
        fields["webhook-timestamp"] = "\(second)"
        fields["webhook-signature"] = "v1,\(Base64.encode(Array(code)))"
        let request = HTTPRequest(.post, "/api/v1/hooks/push/receive", fields: fields, body: .bytes(body))
        return try await HTTPClient(socketPath: daemon.socket, peer: "daemon").send(request).status
    }

    @Test
    func `a service that fails is told with a signature, over a kill of the daemon; a signed request deploys once`()
        async throws
    {
        try EngineUnderTest.clean("alerted")
        let receiver = try await Receiver()
        let daemon = try DaemonProcess()
        try await daemon.start()
        let client = daemon.client
        let shop = try StackName(parsing: "alerted")
        var project = Project(name: "alerted")
        project.add("web")
        #expect(try await daemon.up(project).state == .succeeded)

        let name = try AlertName(parsing: "receiver")
        let url = "http://127.0.0.1:\(receiver.httpPort)/hook"
        try await client.put(AlertRoute(name: name, kind: .webhook, url: url), secret: Receiver.key)
        #expect(try await client.testRoute(name).isDelivered == false, "an address of this device needs leave")
        try await client.put(AlertRoute(name: name, kind: .webhook, url: url, allowsLocal: true), secret: nil)
        #expect(try await client.testRoute(name).isDelivered)
        #expect(try receiver.received().map { $0["verified"] } == [.bool(true)])

        let rule = AlertRule(
            name: try AlertName(parsing: "died"),
            severity: .critical,
            condition: .event(EventCondition(kinds: ["container.died"], stack: shop))
        )
        try await client.put(rule)
        try EngineUnderTest.docker("kill", "alerted-web-1")
        let alert = try await eventually("the alert fires", within: .seconds(60)) {
            try await client.alerts().first { $0.rule == rule.name && $0.state == .firing }
        }
        #expect(alert.subject.service?.text == "web")
        // Before it was told: what is decided survives.
        try daemon.killHard()
        try await daemon.start()
        let told = try await eventually("the receiver is told", within: .seconds(120)) {
            try receiver.received().first { $0["body"]?["data"]?["group"] == "alerted/web" }
        }
        #expect(told["verified"] == .bool(true))
        #expect(try await client.deliveries().first?.state == .delivered)

        let push = IncomingHook(name: try AlertName(parsing: "push"), signature: .standard, action: .deploy(shop))
        try await client.put(push, secret: Receiver.key)
        #expect(
            try await hook(daemon, id: "one", key: "whsec_\(Base64.encode([UInt8](repeating: 7, count: 32)))") == 403
        )
        #expect(try await hook(daemon, id: "one") == 202)
        #expect(try await hook(daemon, id: "one") == 409)
        #expect(try await hook(daemon, id: "two") == 202)
        let database = try Data(contentsOf: URL(fileURLWithPath: daemon.stateDirectory + "/homie.db"))
        #expect(database.range(of: Data(Receiver.key.dropFirst(6).utf8)) == nil)

        // By then the history has begun.
        let usage = try await eventually("the service is measured", within: .seconds(60)) {
            try await client.usage().services.first { $0.service == "web" && $0.processors != nil }
        }
        #expect(usage.memory ?? 0 > 0)
        #expect(try await client.seriesNames().contains("node_load1"))
        _ = try await client.remove(shop, removesVolumes: true)
        #expect(try daemon.stop() == 0)
        try EngineUnderTest.clean("alerted")
    }
}
