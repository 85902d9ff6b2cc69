import HomieAPI
import HomieModel
import Testing

@Suite("Routes and queries")
struct RouteTests {
    @Test("every endpoint is found by its own path", arguments: Endpoint.all)
    func everyEndpoint(endpoint: Endpoint) throws {
        let path = endpoint.path.split(separator: "/").map { $0.hasPrefix("{") ? "/x1" : "/\($0)" }.joined()
        let route = try Route(method: endpoint.method.rawValue, path: path)
        #expect(route.endpoint.operation == endpoint.operation)
        #expect(Set(route.parameters.keys) == Set(endpoint.pathParameters))
    }

    @Test("every operation has exactly one endpoint")
    func complete() {
        #expect(Set(Endpoint.all.map(\.operation)) == Set(Operation.allCases))
        #expect(Endpoint.all.count == Operation.allCases.count)
        #expect(Set(Endpoint.all.map { "\($0.method) \($0.path)" }).count == Endpoint.all.count)
    }

    @Test("segments are decoded after the path was split")
    func decoding() throws {
        #expect(try Route(method: "GET", path: "/api/v1/stacks/sh%6Fp").parameters == ["stack": "shop"])
    }

    @Test(
        "paths that try to leave are refused",
        arguments: [
            "/api/v1/stacks/..", "/api/v1/stacks/%2e%2e", "/api/v1/stacks/a%2fb", "/api/v1/stacks/a%2Fservices",
            "/api/v1/stacks/%00", "/api/v1/stacks/%zz", "/api/v1/stacks/%", "/api/v1/stacks/%ff", "/api/v1/../version",
            "/api/v1/stacks/a%0ab", "/api/v1/./version", "/api/v1/stacks/a%20b",
        ]
    )
    func leaving(path: String) {
        #expect(throws: RequestError.badPath(path)) { try Route(method: "GET", path: path) }
    }

    @Test(
        "unknown paths are not found",
        arguments: [
            "/", "", "*", "/api", "/api/v1", "/api/v2/version", "/api/v1/version/", "//api/v1/version",
            "/api/v1/stacks/",
            "/api/v1//stacks", "/API/v1/version", "/api/v1/stacks/a/b", String(repeating: "/a", count: 3000),
        ]
    )
    func unknown(path: String) {
        #expect(throws: RequestError.unknownPath(path)) { try Route(method: "GET", path: path) }
    }

    @Test("a known path with another method names the methods it has")
    func method() {
        #expect(throws: RequestError.methodNotAllowed("PATCH", "/api/v1/stacks/a", allowed: [.put, .get, .delete])) {
            try Route(method: "PATCH", path: "/api/v1/stacks/a")
        }
        #expect(throws: Never.self) { try Route(method: "HEAD", path: "/healthz") }
    }

    @Test("queries are read by their parameters' shapes")
    func query() throws {
        let logs = Endpoint.of(.readLogs)
        let query = try Query("follow&tail=5&since=2026-11-23T17:04:44%2B01:00", of: logs)
        #expect(query.flag("follow"))
        #expect(query.integer("tail") == 5)
        #expect(query.time("since") == Timestamp(rfc3339: "2026-11-23T16:04:44Z"))
        #expect(try !Query("follow=false", of: logs).flag("follow"))
        #expect(try Query(nil as String?, of: logs).integer("tail") == nil)
        #expect(try Query("stack=shop", of: Endpoint.of(.listEvents)).stack("stack")?.text == "shop")
    }

    @Test(
        "queries that are not as they should be are refused",
        arguments: [
            "tail=x", "tail=-1", "tail=", "tail", "follow=yes", "since=now", "nope=1", "tail=1&tail=2", "tail=%zz",
            "=1",
        ]
    )
    func badQuery(text: String) {
        #expect(throws: RequestError.self) { try Query(text, of: Endpoint.of(.readLogs)) }
    }

    @Test("percent-encoding is undone by decoding", arguments: ["", "a b", "ü/☃", "100%", "a+b&c=d", "~._-"])
    func percent(text: String) {
        #expect(PercentEncoding.decode(PercentEncoding.encode(text)) == text)
    }

    @Test("container references are IDs and names")
    func containers() throws {
        #expect(try ContainerReference(parsing: "shop-web-1").text == "shop-web-1")
        for text in ["", "-x", ".x", "a/b", "a b", "ä", String(repeating: "a", count: 256)] {
            #expect(throws: RequestError.badContainer(text)) { try ContainerReference(parsing: text) }
        }
    }
}
