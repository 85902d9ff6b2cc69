import HomieModel
import HomiePlanning
import Testing

extension RouteTests {
    @Test func `versions of a service are routes beside it, each to its own path, service and port`() throws {
        let block: JSONValue = [
            "port": 80, "path": "/shop", "host": "api.example.org", "auth": "user",
            "versions": [
                "v1": ["path": "/api/v1", "deprecated": "2026-06-01", "sunset": "2027-01-01T12:00:00Z"],
                "v2": "/api/v2", "v3": ["service": "next", "port": 8080], "v4": ["service": "gone"],
            ],
        ]
        var next = service()
        next.labels = [:]
        let shop = try stack(
            "shop",
            ["web": service(labels: [:], gateway: block), "next": next],
            [container("shop", "web", "aaaaaaaaaaaaaaaa"), container("shop", "next", "bbbbbbbbbbbbbbbb")]
        )
        let table = RoutePlanner(stacks: [shop]).table()
        #expect(table.routes.map(\.key.description) == ["shop/web", "shop/web@v1", "shop/web@v2", "shop/web@v3"])
        #expect(table.routes.map(\.placePath) == ["/shop", "/shop/v1", "/shop/v2", "/shop/v3"])
        #expect(table.routes.map(\.strippedSegments) == [0, 2, 2, 2])
        #expect(table.routes.map { $0.endpoints.map(\.port) } == [[80], [80], [80], [8080]])
        #expect(table.routes[3].endpoints.map(\.name) == ["bbbbbbbbbbbb"])
        #expect(
            table.routes.allSatisfy { $0.route.access == .user && $0.route.hosts.map(\.text) == ["api.example.org"] }
        )
        #expect(table.routes[1].version?.deprecatedAt?.rfc3339 == "2026-06-01T00:00:00.000Z")
        #expect(table.routes[1].version?.sunsetAt?.httpDate == "Fri, 01 Jan 2027 12:00:00 GMT")
        #expect(table.problems.map(\.message) == ["shop/web@v4: there is no service 'shop/gone'"])
    }

    @Test func `versions are picked by header fields, cookies and weight, as the file says`() throws {
        let block: JSONValue = [
            "port": 80,
            "versions": [
                "v1": "/old",
                "v2": [
                    "service": "next", "header": ["X-Version": 2, "Accept-Version": "two"], "cookie": ["beta": true],
                    "weight": 10,
                ],
            ],
        ]
        let versions = try #require(try read(service(gateway: block)).first?.versions)
        #expect(versions.map(\.isPicked) == [false, true])
        #expect(
            versions[1].marks == [
                VersionMark(.header, name: "accept-version", value: "two"),
                VersionMark(.header, name: "x-version", value: "2"),
                VersionMark(.cookie, name: "beta", value: "true"),
            ]
        )
        #expect(versions[1].weight == 10)
    }

    @Test func `a version does not take another route's place`() throws {
        let block: JSONValue = ["port": 80, "host": "a.example.org", "versions": ["v1": "/one", "v2": "/two"]]
        let other: JSONValue = ["port": 80, "host": "a.example.org", "path": "/v1"]
        let shop = try stack(
            "shop",
            ["web": service(labels: [:], gateway: block), "old": service(labels: [:], gateway: other)],
            []
        )
        let table = RoutePlanner(stacks: [shop]).table()
        #expect(table.routes.map(\.key.description) == ["shop/old", "shop/web", "shop/web@v2"])
        #expect(table.problems.map(\.message) == ["shop/web@v1: a.example.org/v1 is another route's already"])
    }

    @Test(
        "what is wrong about versions is named",
        arguments: [
            (["v1": 1], "versions.v1 is neither a path nor a block"),
            ([:], "versions is not a block of versions"),
            (["V 1": "/a"], "versions has a version 'V 1', which is no segment of a path"),
            (["v1": ["to": "/a"]], "versions.v1 has no key 'to'"),
            (["v1": ["header": "X-Version"]], "versions.v1.header is not a block of up to four names"),
            (["v1": ["header": ["X Version": 1]]], "versions.v1.header has a name 'X Version', which no version"),
            (["v1": ["cookie": ["__Host-homie_session": 1]]], "versions.v1.cookie has a name '__Host-homie_session'"),
            (["v1": ["header": ["X-Version": "a/b"]]], "versions.v1.header.X-Version is not a value a version can be"),
            (["v1": ["weight": 101]], "versions.v1.weight is not a number from 0 to 100"),
            (["v1": ["weight": 60], "v2": ["weight": 41]], "versions has weights that add up to more than 100"),
            (
                ["v1": ["header": ["X-Version": 1]], "v2": ["header": ["x-version": "1"]]],
                "versions has two versions, v1 and v2, for the header field 'x-version: 1'"
            ),
            (["v1": ["sunset": "soon"]], "versions.v1.sunset is not a day"),
            (
                ["v1": ["deprecated": "2027-01-01", "sunset": "2026-01-01"]],
                "versions.v1.sunset comes before it is deprecated"
            ),
        ] as [(JSONValue, String)]
    )
    func wrongVersions(versions: JSONValue, message: String) throws {
        let error = #expect(throws: RouteError.self) {
            try read(service(gateway: ["port": 80, "versions": versions]))
        }
        #expect(error?.summary.contains(message) == true, "\(error?.summary ?? "")")
    }

    @Test func `a path as deep as paths go has no room for versions, and another's address none for a service`() throws
    {
        let error = #expect(throws: RouteError.self) {
            try read(service(gateway: ["port": 80, "path": "/a/b/c/d", "versions": ["v1": "/"]]))
        }
        #expect(error?.summary.contains("is too deep for a version behind it") == true)
        #expect(throws: RouteError.self) {
            try hand("nas", ["address": "http://10.0.0.1", "versions": ["v1": ["service": "web"]]])
        }
        let nas = try hand("nas", ["address": "http://10.0.0.1", "versions": ["v1": ["path": "/old", "port": 81]]])
        let table = RoutePlanner(stacks: [], hand: [nas]).table()
        #expect(table.routes.map(\.key.description) == ["route 'nas'", "route 'nas'@v1"])
        #expect(table.routes.map { $0.endpoints.map(\.port) } == [[80], [81]])
    }
}
