import FoundationEssentials
import HomieAPI
import HomieModel
import HomieServer
import Testing

@Suite("Adversarial requests", .timeLimit(.minutes(2)))
struct AdversarialTests {
    @Test("a body's faults are answered with 400 and their places")
    func badBodies() async throws {
        try await RunningServer.with { server in
            let cases: [(String, String)] = [
                (#"{"project":{},"nope":1}"#, "/nope"),
                (#"{"project":[]}"#, "/project"),
                (#"{}"#, "/project"),
                (#"{"project":{},"options":{"pulls":1}}"#, "/options/pulls"),
                (#"{"project":{},"options":null}"#, "/options"),
                (#"{"project":{"name":7}}"#, "/project/name"),
                (#"[]"#, ""),
            ]
            for (body, path) in cases {
                let answer = try await server.put("/api/v1/stacks/shop", body)
                #expect(answer.status == 400, "\(body)")
                #expect(answer.json["errors"]?.arrayValue?.first?["path"] == .string(path), "\(body)")
            }
            for body in ["", "{", "nonsense", "{\"project\":{}}}", String(repeating: "[", count: 100_000)] {
                #expect(try await server.put("/api/v1/stacks/shop", body).status == 400)
            }
            #expect(server.control.calls.isEmpty)
        }
    }

    @Test("a project the parser refuses is answered with its sentence and hint")
    func badProject() async throws {
        try await RunningServer.with { server in
            let answer = try await server.put("/api/v1/stacks/shop", #"{"project":{"services":{"bad":{}}}}"#)
            #expect(answer.status == 400)
            #expect(answer.json["detail"] == "services.bad: unknown key 'imagee'")
            #expect(answer.json["hint"] == "did you mean 'image'?")
        }
    }

    @Test("a project of another name than the address's is refused")
    func wrongName() async throws {
        try await RunningServer.with { server in
            let answer = try await server.put("/api/v1/stacks/shop", #"{"project":{"name":"blog"}}"#)
            #expect(answer.status == 400)
            #expect(answer.json["detail"] == "the project is called 'blog', the address says 'shop'")
        }
    }

    @Test("a body that is not declared as JSON is refused")
    func mediaType() async throws {
        try await RunningServer.with { server in
            let head = "PUT /api/v1/stacks/shop HTTP/1.1\r\nhost: h\r\ncontent-length: 14\r\n"
            let untyped = try await server.raw(head + "\r\n{\"project\":{}}")
            #expect(untyped.status == 415)
            let form = head + "content-type: application/x-www-form-urlencoded\r\n\r\n{\"project\":{}}"
            #expect(try await server.raw(form).status == 415)
            let charset = head + "content-type: Application/JSON; charset=utf-8\r\n\r\n{\"project\":{}}"
            #expect(try await server.raw(charset).status == 202)
        }
    }

    @Test(
        "names and paths that try to leave are refused",
        arguments: [
            ("/api/v1/stacks/..", 400), ("/api/v1/stacks/%2e%2e", 400), ("/api/v1/stacks/a%2fb", 400),
            ("/api/v1/stacks/..%2f..%2fetc%2fpasswd", 400), ("/api/v1/stacks/%00", 400), ("/api/v1/stacks/SHOP", 400),
            ("/api/v1/containers/..%2f/logs", 400), ("/api/v1/containers/-rm/logs", 400),
            ("/api/v1/stacks/shop/services/%2e%2e/why", 400), ("/api/v1/deployments/0", 400),
            ("/api/v1/deployments/x", 400), ("/api/v1/deployments/99999999999999999999", 400), ("/", 404),
            ("/api/v1/nothing", 404), ("/api/v2/version", 404), ("/api/v1/version?x=1", 400),
            ("/api/v1/events?limit=0", 400), ("/api/v1/events?limit=1001", 400), ("/api/v1/events?stack=..", 400),
            ("/api/v1/containers/nobody/logs", 404),
        ]
    )
    func paths(path: String, status: Int) async throws {
        try await RunningServer.with { server in
            let answer = try await server.get(path)
            #expect(answer.status == status)
            #expect(answer.headers["content-type"] == "application/problem+json")
            #expect(Schema.reference("Problem").violations(in: answer.json).isEmpty)
        }
    }

    @Test("a method the path does not have is answered with 405 and what it has")
    func method() async throws {
        try await RunningServer.with { server in
            let answer = try await server.raw("PATCH /api/v1/stacks/shop HTTP/1.1\r\nhost: h\r\n\r\n")
            #expect(answer.status == 405)
            #expect(answer.headers["allow"] == "PUT, GET, DELETE")
            #expect(
                try await server.raw("POST /healthz HTTP/1.1\r\nhost: h\r\ncontent-length: 0\r\n\r\n").status == 405
            )
        }
    }

    @Test("what is not HTTP is answered with 400 or a closed connection, and the server goes on")
    func notHTTP() async throws {
        try await RunningServer.with { server in
            let attempts = [
                "rubbish\r\n\r\n", "GET\r\n\r\n", "\0\0\0\0\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
                "GET /healthz HTTP/1.1\r\ncontent-length: -5\r\n\r\n",
                "PUT /api/v1/stacks/a HTTP/1.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
                "GET /\(String(repeating: "a", count: 200_000)) HTTP/1.1\r\n\r\n",
            ]
            for text in attempts {
                do {
                    let answer = try await server.raw(text)
                    #expect((400..<500).contains(answer.status), "\(text.prefix(40))")
                } catch is SocketConnection.Closed {
                    continue
                }
            }
            #expect(try await server.get("/healthz").status == 200)
        }
    }

    @Test("a body that declares more than 8 MiB is refused before it is sent")
    func declaredTooLarge() async throws {
        try await RunningServer.with { server in
            let answer = try await server.raw(
                "PUT /api/v1/stacks/shop HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\n"
                    + "content-length: 104857600\r\n\r\n"
            )
            #expect(answer.status == 413)
            #expect(answer.json["kind"] == "tooLarge")
        }
    }

    @Test("600 MiB sent in chunks are refused without being kept in memory")
    func chunkedTooLarge() async throws {
        try await RunningServer.with { server in
            let before = residentKiB()
            let status = try await SocketConnection.open(server.path) { connection in
                try await connection.send(
                    "PUT /api/v1/stacks/shop HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\n"
                        + "transfer-encoding: chunked\r\n\r\n"
                )
                let chunk = Array("100000\r\n".utf8) + [UInt8](repeating: 0x20, count: 1 << 20) + Array("\r\n".utf8)
                for _ in 1...600 { try await connection.send(chunk) }
                try await connection.send("0\r\n\r\n")
                return try await connection.head().status
            }
            #expect(status == 413)
            // Other tests run in this process too; kept bodies would show as more than twice their size.
            #expect(residentKiB() - before < 250_000)
            #expect(try await server.get("/healthz").status == 200)
        }
    }

    @Test("a body of almost 8 MiB is read and checked in reasonable time", .timeLimit(.minutes(3)))
    func largeBody() async throws {
        try await RunningServer.with { server in
            let services = (0..<150_000).map { "\"s\($0)\":{\"image\":\"nginx:latest\",\"tty\":true}" }
            let body = "{\"project\":{\"services\":{\(services.joined(separator: ","))}}}"
            #expect(body.utf8.count > 6 << 20 && body.utf8.count < 8 << 20)
            let answer = try await server.put("/api/v1/stacks/shop", body)
            #expect(answer.status == 202)
        }
    }

    @Test("a client that sends its request byte by byte is served")
    func slowly() async throws {
        try await RunningServer.with { server in
            try await SocketConnection.open(server.path) { connection in
                for byte in "GET /healthz HTTP/1.1\r\nhost: h\r\n\r\n".utf8 { try await connection.send([byte]) }
                #expect(try await connection.head().status == 200)
            }
        }
    }

    @Test("many clients at once are all served")
    func many() async throws {
        try await RunningServer.with { server in
            let served = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 1...200 { group.addTask { try await server.get("/api/v1/stacks").status } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(served == Array(repeating: 200, count: 200))
        }
    }

    private func residentKiB() -> Int {
        let status = FileManager.default.contents(atPath: "/proc/self/status") ?? Data()
        let line = String(decoding: status, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("VmRSS") }
        return line?.split(separator: " ").compactMap { Int($0.filter(\.isNumber)) }.last ?? 0
    }
}
