import HomieAPI
import HomieModel
import HomieServer
import Synchronization
import Testing

@Suite("Conditions, repeats and pages", .timeLimit(.minutes(2)))
struct ConditionTests {
    private let project = #"{"project":{"name":"shop"}}"#

    @Test func `an answer that has not changed is not sent again`() async throws {
        try await GuardedServer.with { server in
            for path in ["/api/v1/stacks/shop", "/api/v1/stacks", "/api/v1/containers", "/api/v1/openapi.json"] {
                let first = try await server.ask("GET", path, throughGateway: false)
                let tag = try #require(first.headers["etag"])
                let again = try await server.ask("GET", path, ["if-none-match: \"x\", W/\(tag)"], throughGateway: false)
                #expect(again.status == 304 && again.headers["etag"] == tag, "\(path)")
                let other = try await server.ask("GET", path, ["if-none-match: \"1.0\""], throughGateway: false)
                #expect(other.status == 200)
            }
        }
    }

    @Test func `a list shows every change, asked for as often as may be`() async throws {
        try await GuardedServer.with { server in
            for path in ["/api/v1/services", "/api/v1/stacks"] {
                server.control.state.withLock { $0.blogPhase = nil }
                let first = try await server.ask("GET", path, throughGateway: false)
                #expect(try await server.ask("GET", path, throughGateway: false).json == first.json)
                server.control.state.withLock { $0.blogPhase = .unhealthy }
                let other = try await server.ask("GET", path, throughGateway: false)
                #expect(other.json != first.json && other.headers["etag"] != first.headers["etag"], "\(path)")
                // A part of the list is not taken for the whole, nor the other way round.
                let part = try await server.ask("GET", "\(path)?limit=1", throughGateway: false)
                #expect(part.json != other.json)
                #expect(try await server.ask("GET", path, throughGateway: false).json == other.json)
            }
        }
    }

    @Test func `a change goes on only from the state its maker saw`() async throws {
        try await GuardedServer.with { server in
            func put(_ stack: String, _ header: String) async throws -> Int {
                let body = #"{"project":{"name":"\#(stack)"}}"#
                return try await server.ask(
                    "PUT",
                    "/api/v1/stacks/\(stack)",
                    [header],
                    body: body,
                    throughGateway: false
                ).status
            }
            let tag = try #require(
                try await server.ask("GET", "/api/v1/stacks/shop", throughGateway: false).headers["etag"]
            )
            #expect(tag.hasPrefix("\"2."))
            #expect(try await put("shop", "if-match: \(tag)") == 202)
            #expect(try await put("shop", "if-match: \"2.other\"") == 202)
            #expect(try await put("shop", "if-match: \"1.0\"") == 412)
            #expect(try await put("shop", "if-match: *") == 202)
            #expect(try await put("shop", "if-none-match: *") == 412)
            #expect(try await put("new", "if-none-match: *") == 202)
            #expect(try await put("new", "if-match: *") == 412)
            #expect(server.control.calls.filter { $0.hasPrefix("apply") }.count == 4)
            let refused = try await server.ask(
                "DELETE",
                "/api/v1/stacks/shop",
                ["if-match: \"1.0\""],
                throughGateway: false
            )
            #expect(refused.status == 412 && refused.json["kind"] == "conflict")
        }
    }

    @Test func `a request with a key is done once`() async throws {
        try await GuardedServer.with { server in
            func put(_ key: String, _ body: String, _ stack: String = "shop") async throws -> GuardedServer.Answer {
                let path = "/api/v1/stacks/\(stack)"
                return try await server.ask("PUT", path, ["idempotency-key: \(key)"], body: body, throughGateway: false)
            }
            let first = try await put("a", project)
            let again = try await put("a", project)
            #expect(first.status == 202 && again.status == 202 && again.json == first.json)
            #expect(again.headers["idempotency-replayed"] == "true" && first.headers["idempotency-replayed"] == nil)
            #expect(again.headers["location"] == first.headers["location"])
            #expect(try await put("a", #"{"project":{"name":"shop","services":{}}}"#).status == 422)
            #expect(try await put("b", project).status == 202)
            #expect(server.control.calls.filter { $0.hasPrefix("apply") }.count == 2)
            #expect(try await put("a b", project).status == 400)
            // What failed for the server's reasons may be tried again.
            server.control.state.withLock { $0.error = Broken() }
            #expect(try await put("c", project).status == 500)
            server.control.state.withLock { $0.error = nil }
            #expect(try await put("c", project).status == 202)
            // Another one's key is another key.
            let root = try await server.bearer("root")
            let other = try await server.ask("PUT", "/api/v1/stacks/shop", [root, "idempotency-key: a"], body: project)
            #expect(other.headers["idempotency-replayed"] == nil)
        }
    }

    @Test func `a list comes in pages that fit together`() async throws {
        try await GuardedServer.with { server in
            let first = try await server.ask("GET", "/api/v1/stacks?limit=1", throughGateway: false)
            #expect(first.json["stacks"]?.arrayValue?.map { $0["name"]?.stringValue } == ["blog"])
            let cursor = try #require(first.json["next"]?.stringValue)
            #expect(first.headers["link"] == "</api/v1/stacks?limit=1&cursor=\(cursor)>; rel=\"next\"")
            let second = try await server.ask("GET", "/api/v1/stacks?limit=1&cursor=\(cursor)", throughGateway: false)
            #expect(second.json["stacks"]?.arrayValue?.map { $0["name"]?.stringValue } == ["shop"])
            #expect(second.json["next"] == nil && second.headers["link"] == nil)
            for bad in ["cursor=", "cursor=x", "cursor=c6", "cursor=czz", "cursor=cFF", "limit=0", "limit=1001"] {
                #expect(
                    try await server.ask("GET", "/api/v1/stacks?\(bad)", throughGateway: false).status == 400,
                    "\(bad)"
                )
            }
            let containers = try await server.ask("GET", "/api/v1/containers?limit=1", throughGateway: false)
            #expect(containers.json["containers"]?.arrayValue?.count == 1 && containers.json["next"] != nil)
        }
    }

    @Test func `all services come filtered, in pages whose links keep the filter, and once only`() async throws {
        try await GuardedServer.with { server in
            func ask(_ query: String, _ fields: [String] = []) async throws -> GuardedServer.Answer {
                try await server.ask("GET", "/api/v1/services\(query)", fields, throughGateway: false)
            }
            func names(_ answer: GuardedServer.Answer) -> [String?]? {
                answer.json["services"]?.arrayValue?.map { $0["stack"]?.stringValue }
            }
            let all = try await ask("")
            #expect(names(all) == ["blog", "shop"] && all.json["next"] == nil)
            #expect(names(try await ask("?stack=shop")) == ["shop"])
            #expect(names(try await ask("?stack=nobody")) == [])
            #expect(names(try await ask("?service=nobody")) == [])
            #expect(names(try await ask("?phase=failed")) == [])
            #expect(try await ask("?phase=ill").status == 400)
            let first = try await ask("?limit=1&service=web&phase=running")
            let cursor = try #require(first.json["next"]?.stringValue)
            let rest = "limit=1&phase=running&service=web&cursor=\(cursor)"
            #expect(first.headers["link"] == "</api/v1/services?\(rest)>; rel=\"next\"")
            let second = try await ask("?\(rest)")
            #expect(names(second) == ["shop"] && second.headers["link"] == nil)
            let tag = try #require(all.headers["etag"])
            #expect(try await ask("", ["if-none-match: \(tag)"]).status == 304)
            #expect(try await ask("?stack=shop", ["if-none-match: \(tag)"]).status == 200)
        }
    }
}

private struct Broken: UserFacingError {
    let summary = "it broke"
    let kind = ErrorKind.failed
}
