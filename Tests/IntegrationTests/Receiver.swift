import Foundation
import HomieModel
import HomieTestSupport
import Testing

/// A receiver of webhooks and mail made of others' libraries: what it gets it writes down, a JSON value on each line.
///
/// `standardwebhooks` checks signatures, `aiosmtpd` and Python's own parser take mail apart. HOMIE_TEST_PYTHON names the
/// interpreter that has them.
final class Receiver {
    private static let environment = ProcessInfo.processInfo.environment
    static let isExpected =
        !(environment["HOMIE_TEST_PYTHON"] ?? "").isEmpty || environment["HOMIE_TEST_REQUIRE_METRICS"] == "1"
    static let key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    private let process = Process()
    private let directory: URL
    private(set) var httpPort = 0
    private(set) var mailPort = 0

    init() async throws {
        let python = try #require(Self.environment["HOMIE_TEST_PYTHON"], "scripts/lib/reference-python")
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("homie-receiver-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let script = directory.appendingPathComponent("receiver.py")
        try Data(Self.script.utf8).write(to: script)
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = [script.path, directory.path, Self.key]
        process.standardOutput = FileHandle.nullDevice
        let complaint = directory.appendingPathComponent("complaint")
        try Data().write(to: complaint)
        process.standardError = try FileHandle(forWritingTo: complaint)
        try process.start()
        let ports = try await eventually("the receiver listens", within: .seconds(60)) {
            let text = try? String(contentsOf: directory.appendingPathComponent("ports"), encoding: .utf8)
            return text.flatMap {
                $0.hasSuffix("\n") ? $0.split(whereSeparator: \.isWhitespace).compactMap { Int($0) } : nil
            }
        }
        httpPort = try #require(ports.first)
        mailPort = try #require(ports.last)
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: directory)
    }

    /// What came so far, in order.
    func received() throws -> [JSONValue] {
        let text = try? String(contentsOf: directory.appendingPathComponent("received"), encoding: .utf8)
        return try (text ?? "").split(separator: "\n").map {
            try JSONDecoder().decode(JSONValue.self, from: Data($0.utf8))
        }
    }

    private static let script = """
        import http.server, json, pathlib, sys, threading, email, email.policy
        from aiosmtpd.controller import Controller
        from standardwebhooks.webhooks import Webhook
        folder, key = pathlib.Path(sys.argv[1]), sys.argv[2]
        lock = threading.Lock()
        seen = set()
        def note(value):
            with lock, open(folder / "received", "a") as out:
                out.write(json.dumps(value) + "\\n")
        class HTTP(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                verified = None
                if "webhook-signature" in headers:
                    try:
                        Webhook(key).verify(body, headers)
                        verified = True
                    except Exception as error:
                        verified = str(error)
                note({"path": self.path, "headers": headers, "body": json.loads(body), "verified": verified})
                if self.path == "/flaky":
                    # Takes it, and every twentieth time goes away without an answer.
                    with lock:
                        fresh = headers["webhook-id"] not in seen
                        seen.add(headers["webhook-id"])
                        lost = fresh and len(seen) % 20 == 0
                    if lost:
                        self.close_connection = True
                        self.connection.close()
                        return
                status = {"/gone": 410, "/moved": 302, "/busy": 503}.get(self.path, 200)
                self.send_response(status)
                if status == 302: self.send_header("location", "/elsewhere")
                if status == 503: self.send_header("retry-after", "120")
                self.send_header("content-length", "0")
                self.end_headers()
            def log_message(self, *arguments): pass
        class Mail:
            async def handle_DATA(self, server, session, envelope):
                message = email.message_from_bytes(envelope.content, policy=email.policy.default)
                note({"mail": {"from": envelope.mail_from, "to": envelope.rcpt_tos, "subject": message["subject"],
                               "id": message["message-id"], "text": message.get_content(), "date": message["date"],
                               "defects": [str(defect) for defect in message.defects]}})
                return "250 taken"
        web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), HTTP)
        threading.Thread(target=web.serve_forever, daemon=True).start()
        mail = Controller(Mail(), hostname="127.0.0.1", port=0)
        # The controller looks for itself at the port it was given, which it cannot know: started by hand.
        import asyncio
        async def serve():
            server = await asyncio.get_running_loop().create_server(mail.factory, "127.0.0.1", 0)
            ports = f"{web.server_address[1]} {server.sockets[0].getsockname()[1]}\\n"
            (folder / "ports").write_text(ports)
            await server.serve_forever()
        mail.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(mail.loop)
        mail.loop.run_until_complete(serve())
        """
}
