import Foundation
import HomieModel
import HomieProbe
import HomieSupervisor
import HomieTestSupport
import Testing

/// Against Python's own server over TLS, with a certificate that it signed itself.
@Suite struct SecureProbeIntegrationTests {
    /// Ends by itself, whatever becomes of the test. The certificate holds for 20 days.
    private static let server = """
        import http.server, os, ssl, subprocess, sys, threading, time
        folder = sys.argv[1]
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", folder + "/key.pem", "-out", folder + "/certificate.pem", "-days", "20", "-subj", "/CN=homie.test",
            "-addext", "subjectAltName=DNS:homie.test"], check=True, stderr=subprocess.DEVNULL)
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path == "/late":
                    time.sleep(30)
                body = ("hello " + self.headers["Host"].split(":")[0]).encode()
                self.send_response(503 if self.path == "/ill" else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            def log_message(self, *arguments):
                pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder + "/certificate.pem", folder + "/key.pem")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        open(folder + "/port.new", "w").write(str(server.server_address[1]))
        os.rename(folder + "/port.new", folder + "/port")
        time.sleep(120)
        """

    @Test(.enabled(if: GRPCIntegrationTests.isExpected))
    func `a check over HTTPS sees answer, trust and the end of the certificate`() async throws {
        let folder = NSTemporaryDirectory() + "homie-tls-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: GRPCIntegrationTests.python)
        process.arguments = ["-c", Self.server, folder]
        try process.start()
        defer {
            kill(process.processIdentifier, SIGKILL)
            _ = try? process.waitUntilEnded(within: .seconds(20))
            try? FileManager.default.removeItem(atPath: folder)
        }
        var port: UInt16?
        for _ in 0..<600 where port == nil {
            port = (try? String(contentsOfFile: folder + "/port", encoding: .utf8)).flatMap { UInt16($0) }
            if port == nil { try await Task.sleep(for: .milliseconds(100)) }
        }
        let open = try #require(port, "the server did not start")
        func check(
            _ path: String = "/",
            host: String? = nil,
            body: String? = nil,
            _ trust: ProbeTrust = .anyone,
            timeout: TimeSpan = .seconds(30)
        ) async -> ProbeOutcome {
            let probe = HTTPProbe(port: open, path: path, host: host, body: body, trust: trust)
            return await NativeProber().probe(.http(probe), at: "127.0.0.1", timeout: timeout)
        }
        let well = await check()
        #expect(well.isPassed, "\(well.detail)")
        #expect(well.detail == "answered 200")
        let now = Timestamp(nanoseconds: Int64(Date().timeIntervalSince1970 * 1e9))
        let days = try #require(well.certificateExpires.map { ($0 - now).seconds / 86_400 })
        #expect((19...20.1).contains(days))
        #expect(await check("/ill").detail == "answered 503, not 200–399")
        #expect(await check(host: "homie.test", body: "hello homie.test").isPassed)
        #expect(await check(body: "nothing like it").detail == "answered 200 without 'nothing like it'")
        let stranger = await check(host: "homie.test", .authorities)
        #expect(stranger.detail == "shows a certificate that is signed by itself")
        #expect(await check("/late", timeout: .milliseconds(500)).detail == "did not answer within 500 ms")
        let plain = await NativeProber().probe(.http(HTTPProbe(port: open)), at: "127.0.0.1", timeout: .seconds(5))
        #expect(!plain.isPassed)
        kill(process.processIdentifier, SIGKILL)
        _ = try process.waitUntilEnded(within: .seconds(20))
        #expect(await check().detail == "refuses connections")
    }
}
