import HomieAPI
import HomieModel
import HomieServer
import HomieSupervisor
import Synchronization
import Testing

@Suite("Endpoints over a Unix socket", .timeLimit(.minutes(5)))
struct EndpointTests {
    @Test("every call of the client is answered by the supervisor")
    func everyCall() async throws {
        try await RunningServer.with { server in
            let client = server.client
            let shop = try StackName(parsing: "shop")
            let project: JSONValue = ["services": ["web": ["image": "nginx"]]]
            #expect(try await client.version().version == "1.2.3")
            #expect(try await client.isReady())
            #expect(try await client.stacks().map(\.name.text) == ["blog", "shop"])
            #expect(try await client.stack(shop) == Samples.stackStatus("shop"))
            let options = ApplySettings(pulls: true)
            #expect(try await client.apply(project, as: shop, options: options).state == .running)
            #expect(try await client.plan(project, as: shop).map(\.name) == ["web"])
            #expect(try await client.confirm(ContentDigest(of: []), of: shop).kind == .up)
            #expect(try await client.remove(shop, removesVolumes: true).kind == .down)
            #expect(try await client.rollback(shop).kind == .rollback)
            #expect(try await client.rollback(shop, to: 3).kind == .rollback)
            #expect(try await client.adopt(project, as: shop).kind == .adopt)
            #expect(try await client.services(of: shop).count == 1)
            #expect(try await client.services().map(\.stack.text) == ["blog", "shop"])
            #expect(try await client.services(in: shop).map(\.stack.text) == ["shop"])
            #expect(try await client.services(being: .failed).isEmpty)
            #expect(try await client.why(ServiceName(parsing: "web"), in: shop).map(\.id) == [1])
            #expect(try await client.containers().map(\.id) == ["id-blog", "id-shop"])
            #expect(try await client.containers(of: shop).map(\.id) == ["id-shop"])
            #expect(try await client.deployment(7).id == 7)
            #expect(try await client.issues() == [FakeCare.issue])
            #expect(try await client.fix("service:shop:web").deployment == 7)
            #expect(try await client.health(of: shop).map(\.latencyMilliseconds) == [1.5])
            #expect(try await client.health(of: StackName(parsing: "blog")).isEmpty)
            #expect(try await client.doctor().map(\.check) == ["engine"])
            let revisions = try await client.revisions(of: shop)
            #expect(revisions.map(\.number) == [1, 2])
            #expect(revisions.map(\.isWanted) == [false, true])
            #expect(revisions.map(\.isLastGood) == [true, false])
            #expect(server.control.calls.contains("apply shop pulls=true forces=false"))
            #expect(server.control.calls.contains("confirm shop e3b0c442"))
            #expect(server.control.calls.contains("remove shop volumes=true"))
            #expect(server.control.calls.contains("rollback shop 0"))
            #expect(server.control.calls.contains("rollback shop 3"))
        }
    }

    @Test("the OpenAPI document is that of the routes, and every operation in it answers as it says")
    func openAPI() async throws {
        try await RunningServer.with { server in
            let document = try await server.client.openAPI()
            #expect(document == OpenAPIDocument.rendered(version: "1.2.3"))
            for (template, item) in try #require(document["paths"]?.objectValue) {
                for (method, operation) in item.objectValue ?? [:] {
                    let path = template.split(separator: "/").map { part in
                        switch part {
                        case "{stack}": "/shop"
                        case "{service}": "/web"
                        case "{deployment}": "/7"
                        case "{issue}": "/service:shop:web"
                        case "{container}": "/shop-web-1"
                        default: "/\(part)"
                        }
                    }.joined()
                    let body = operation["requestBody"] == nil ? "" : #"{"project":{}}"#
                    let digest = ContentDigest(of: []).hex
                    let sent =
                        switch path.split(separator: "/").last {
                        case "rollback": #"{"revision":1}"#
                        case "confirm": #"{"digest":"\#(digest)"}"#
                        default: path.hasPrefix("/api/v1/os") ? "" : body
                        }
                    let answer = try await server.put(path, sent, method: method.uppercased())
                    #expect(operation["responses"]?["\(answer.status)"]?["content"] != nil, "\(method) \(path)")
                    let content = operation["responses"]?["\(answer.status)"]?["content"]?.objectValue ?? [:]
                    let type = try #require(answer.headers["content-type"])
                    let schema = content[type]?["schema"]?["$ref"]?.stringValue?.split(separator: "/").last
                    guard let schema, answer.json != .null else { continue }
                    #expect(Schema.reference(String(schema)).violations(in: answer.json).isEmpty, "\(method) \(path)")
                }
            }
        }
    }

    @Test("a deployment that runs is accepted, one that ended is done")
    func statuses() async throws {
        try await RunningServer.with { server in
            let accepted = try await server.put("/api/v1/stacks/shop", #"{"project":{}}"#)
            #expect(accepted.status == 202)
            #expect(accepted.headers["location"] == "/api/v1/deployments/7")
            server.control.state.withLock { $0.deploymentState = .succeeded }
            #expect(try await server.put("/api/v1/stacks/shop", #"{"project":{}}"#).status == 200)
        }
    }

    @Test("revisions do not show what their definitions hold")
    func secrets() async throws {
        try await RunningServer.with { server in
            let answer = try await server.get("/api/v1/stacks/shop/revisions")
            #expect(!"\(answer.json)".contains("secret"))
            #expect(answer.json["revisions"]?.arrayValue?.count == 2)
        }
    }

    @Test("readiness says what is missing")
    func readiness() async throws {
        try await RunningServer.with(readiness: .notReady("the container engine does not answer")) { server in
            #expect(try await server.get("/healthz").status == 200)
            let answer = try await server.get("/readyz")
            #expect(answer.status == 503)
            #expect(answer.headers["content-type"] == "application/problem+json")
            #expect(answer.json["detail"] == "homied is not ready: the container engine does not answer")
        }
    }

    @Test("the supervisor's errors become problems with their kind, hint and status")
    func problems() async throws {
        try await RunningServer.with { server in
            let missing = try await server.get("/api/v1/stacks/nothing")
            #expect(missing.status == 404)
            #expect(missing.json["kind"] == "notFound")
            #expect(missing.json["hint"] == "'homie stacks' lists them")
            let shop = try StackName(parsing: "shop")
            server.control.state.withLock { $0.error = SupervisorError.stackIsLeaving(shop) }
            #expect(try await server.get("/api/v1/stacks").status == 409)
            server.control.state.withLock { $0.error = CancellationError() }
            #expect(try await server.get("/api/v1/stacks").status == 500)
            await #expect {
                try await server.client.stacks()
            } throws: { error in
                (error as? APIError)?.kind == .failed
            }
        }
    }

    @Test("a connection serves many requests, one after the other")
    func keepAlive() async throws {
        try await RunningServer.with { server in
            try await SocketConnection.open(server.path) { connection in
                for _ in 1...50 {
                    try await connection.send("GET /healthz HTTP/1.1\r\nhost: h\r\n\r\n")
                    let head = try await connection.head()
                    #expect(head.status == 200)
                    _ = try await connection.body(head)
                }
            }
        }
    }

    @Test("HEAD answers like GET, without the body")
    func head() async throws {
        try await RunningServer.with { server in
            try await SocketConnection.open(server.path) { connection in
                try await connection.send("HEAD /api/v1/version HTTP/1.1\r\nhost: h\r\n\r\n")
                let head = try await connection.head()
                #expect(head.status == 200)
                #expect((Int(head.headers["content-length"] ?? "") ?? 0) > 10)
                try await connection.send("GET /healthz HTTP/1.1\r\nhost: h\r\n\r\n")
                #expect(try await connection.head().status == 200)
            }
        }
    }
}
