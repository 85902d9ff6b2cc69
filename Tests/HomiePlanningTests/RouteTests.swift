import HomieModel
import HomiePlanning
import Testing

@Suite struct RouteTests {
    func service(
        labels: [String: String] = ["io.homie.expose": "80"],
        gateway: JSONValue? = nil
    ) -> ServiceDefinition {
        var service = ServiceDefinition()
        service.labels = labels
        if let gateway { service.homie = ["gateway": gateway] }
        return service
    }

    func read(_ service: ServiceDefinition) throws -> [GatewayRoute] {
        let reader = RouteReader(
            stack: try StackName(parsing: "shop"),
            service: try ServiceName(parsing: "web"),
            definition: service
        )
        return try reader.routes()
    }

    func container(
        _ stack: String,
        _ service: String,
        _ id: String,
        state: ObservedContainer.State = .running,
        health: ObservedContainer.Health = .none,
        addresses: [String: String] = ["shop_default": "172.20.0.2"],
        parent: String? = nil
    ) -> ObservedContainer {
        ObservedContainer(
            id: id,
            name: id,
            imageID: "sha256:1",
            labels: [ContainerLabels.project: stack, ContainerLabels.service: service],
            state: state,
            health: health,
            createdAt: Timestamp(nanoseconds: 0),
            networkParent: parent,
            addresses: addresses
        )
    }

    func stack(
        _ name: String,
        _ services: [String: ServiceDefinition],
        _ containers: [ObservedContainer]
    ) throws -> RoutePlanner.Stack {
        var definition = StackDefinition(name: try StackName(parsing: name))
        for (key, service) in services { definition.services[try ServiceName(parsing: key)] = service }
        return RoutePlanner.Stack(definition: definition, containers: containers)
    }

    // MARK: reading

    @Test("a label is enough; without one nothing is exposed")
    func labels() throws {
        #expect(try read(service()).map(\.port) == [80])
        #expect(try read(service(labels: [:])).isEmpty)
        let route = try #require(
            try read(
                service(labels: [
                    "io.homie.expose": "8080", "io.homie.host": "a.example.org, *.b.example.org",
                    "io.homie.auth": "user",
                    "io.homie.path": "/x/",
                ])
            ).first
        )
        #expect(route.hosts.map(\.text) == ["a.example.org", "*.b.example.org"])
        #expect(route.path.text == "/x")
        #expect(route.access == .user)
    }

    @Test("the block says everything a route can")
    func block() throws {
        let block: JSONValue = [
            "port": 3000, "scheme": "https", "host": "Photos.Example.org", "path": "/a/b", "strip_path": true,
            "path_form": false, "auth": "admin", "tls": "required", "balance": "client",
            "headers": ["request": ["X-A": "1", "X-B": nil], "response": ["Server": nil]],
            "rate_limit": ["requests": 10, "per": "2m"], "cache": ["max_age": "1h"], "max_body": "10m",
            "timeout": "30s", "health": "/ok",
        ]
        let route = try #require(try read(service(labels: [:], gateway: block)).first)
        #expect(route.port == 3000 && route.scheme == .https && route.stripsPath && !route.hasPathForm)
        #expect(route.hosts.map(\.text) == ["photos.example.org"])
        #expect(route.access == .admin && route.requiresTLS && route.balance == .client)
        #expect(route.headers.removedFromRequest.map(\.text) == ["X-B"])
        #expect(route.rateLimit == RateLimit(requests: 10, window: .seconds(120)))
        #expect(route.cache == CacheRule(maximumAge: .seconds(3600)))
        #expect(route.maximumBody == ByteCount(bytes: 10 << 20))
        #expect(route.timeout == .seconds(30))
        let list: JSONValue = [["port": 1], ["port": 2, "path": "/two"]]
        #expect(try read(service(labels: [:], gateway: list)).map(\.port) == [1, 2])
    }

    @Test(
        "what is wrong is named with its place",
        arguments: [
            (["io.homie.expose": "eighty"], nil, "labels.io.homie.expose is not a port"),
            (["io.homie.expose": "70000"], nil, "labels.io.homie.expose is not a port"),
            (["io.homie.host": "a.b"], nil, "labels.io.homie.host needs io.homie.expose beside it"),
            (
                ["io.homie.expose": "80", "io.homie.host": "a b"], nil,
                "labels.io.homie.host is wrong: 'a b' is not a host name"
            ),
            ([:], ["hots": "a"], "x-homie.gateway has no key 'hots'"),
            ([:], ["host": "a.b"], "x-homie.gateway has no port"),
            ([:], "80", "x-homie.gateway is neither a block nor a list of blocks"),
            ([:], ["port": 80, "auth": "root"], "x-homie.gateway.auth is not one of none, user, operator, admin"),
            (
                [:], ["port": 80, "path": "/../x"],
                "x-homie.gateway.path is wrong: '/../x' is not a path a route can have"
            ),
            (
                [:], ["port": 80, "headers": ["request": ["Host": "x"]]],
                "x-homie.gateway.headers.request.Host is wrong: 'Host' is not a header field the gateway may change"
            ),
            (
                [:], ["port": 80, "headers": ["response": ["X": "a\r\nb"]]],
                "x-homie.gateway.headers.response.X is wrong: 'a\r\nb' is not a header field's value"
            ),
            ([:], ["port": 80, "timeout": "soon"], "x-homie.gateway.timeout is not a time it can be"),
            ([:], ["port": 80, "max_body": "99999999999g"], "x-homie.gateway.max_body is not a size"),
            ([:], ["port": 80, "max_body": "-99999999999g"], "x-homie.gateway.max_body is not a size"),
            ([:], ["port": 80, "timeout": -9_300_000_000], "x-homie.gateway.timeout is not a time it can be"),
            ([:], [["port": 80], ["port": 0]], "x-homie.gateway[1].port is not a port"),
            (
                ["io.homie.expose": "80", "io.homie.auth": "user"], ["port": 80],
                "labels.io.homie.auth contradicts x-homie.gateway"
            ),
        ] as [([String: String], JSONValue?, String)]
    )
    func refusals(_ labels: [String: String], _ gateway: JSONValue?, _ words: String) {
        let error = #expect(throws: RouteError.self) { try read(service(labels: labels, gateway: gateway)) }
        #expect(error?.summary == "shop/web: \(words)")
    }

    // MARK: planning

    @Test("only replicas that run and are not known to be ill get requests")
    func health() throws {
        let containers = [
            container("shop", "web", "aaaaaaaaaaaaaaaa"), container("shop", "web", "b", health: .healthy),
            container("shop", "web", "c", health: .starting), container("shop", "web", "d", health: .unhealthy),
            container("shop", "web", "e", state: .paused), container("shop", "web", "f", state: .exited),
            container("shop", "other", "g"),
        ]
        let traffic = RoutePlanner.Traffic(weights: ["b": 900], draining: ["b"])
        let table = RoutePlanner(stacks: [try stack("shop", ["web": service()], containers)], traffic: traffic).table()
        let endpoints = try #require(table.routes.first).endpoints
        #expect(endpoints.map(\.name) == ["aaaaaaaaaaaa", "b"])
        #expect(endpoints.map(\.weight) == [100, 256])
        #expect(endpoints.map(\.isDraining) == [false, true])
    }

    @Test("the table is the same in whatever order stacks and containers come")
    func order() throws {
        let one = try stack(
            "a",
            ["x": service(), "y": service()],
            [container("a", "x", "1"), container("a", "x", "2")]
        )
        let two = try stack("b", ["x": service()], [container("b", "x", "3")])
        var reversed = one
        reversed.containers.reverse()
        #expect(RoutePlanner(stacks: [one, two]).table() == RoutePlanner(stacks: [two, reversed]).table())
    }

    @Test("a container is reached at the host's loopback, its own or its parent's address, or not at all")
    func addresses() throws {
        var host = service()
        host.networkMode = .plain("host")
        var shared = service()
        shared.networkMode = .service(try ServiceName(parsing: "vpn"))
        let containers = [
            container("shop", "host", "1", addresses: [:]),
            container("shop", "shared", "2", addresses: [:], parent: "9"),
            container("shop", "vpn", "9", addresses: ["n": "172.20.0.9"]),
            container("shop", "far", "3", addresses: ["lan": "192.168.1.77"]),
            container("shop", "six", "4", addresses: ["n": "fd00::4"]),
        ]
        var shop = try stack(
            "shop",
            ["host": host, "shared": shared, "far": service(), "six": service()],
            containers
        )
        var lan = NetworkDefinition(name: "lan")
        lan.driver = "macvlan"
        shop.definition.networks["lan"] = lan
        let table = RoutePlanner(stacks: [shop]).table()
        let addresses = table.routes.map { "\($0.key.service?.text ?? "") \($0.endpoints.first?.address ?? "none")" }
        #expect(addresses == ["far none", "host 127.0.0.1", "shared 172.20.0.9", "six fd00::4"])
        #expect(table.problems.map(\.service?.text) == ["far"])
    }

    @Test("two stacks' services of one name: one keeps it, both have a longer one, and it is said")
    func names() throws {
        let table = RoutePlanner(
            stacks: [try stack("blog", ["Web_App": service()], []), try stack("web-app", ["web_app": service()], [])]
        ).table()
        #expect(table.routes.map(\.labels) == [["web-app-blog"], ["web-app", "web-app-web-app"]])
        #expect(table.problems.count == 1)
    }

    @Test("a host and path two routes want goes to the first, and the other is told")
    func taken() throws {
        let block: JSONValue = ["port": 80, "host": "a.example.org"]
        let table = RoutePlanner(
            stacks: [
                try stack("a", ["x": service(gateway: block)], []), try stack("b", ["y": service(gateway: block)], []),
            ]
        ).table()
        #expect(table.routes.map(\.route.hosts.count) == [1, 0])
        #expect(table.problems.map(\.message) == ["b/y: a.example.org/ is served by a/x already"])
    }

    @Test("a wrong exposure leaves the others alone")
    func isolation() throws {
        let table = RoutePlanner(
            stacks: [try stack("a", ["bad": service(labels: ["io.homie.expose": "x"]), "good": service()], [])]
        ).table()
        #expect(table.routes.map(\.key.service?.text) == ["good"])
        #expect(table.problems.map(\.service?.text) == ["bad"])
    }

    // MARK: made by hand

    func hand(_ name: String, _ block: JSONValue) throws -> HandRoute {
        try HandRoute(name: RouteName(parsing: name), block: block, createdAt: Timestamp(nanoseconds: 0))
    }

    @Test func `a route made by hand leads to a service's replicas, or to an address of any network`() throws {
        let shop = try stack("shop", ["web": service()], [container("shop", "web", "aaaaaaaaaaaaaaaa")])
        let routes = [
            try hand("photos", ["service": "shop/web", "port": 8080, "host": "photos.example.org"]),
            try hand("heating", ["address": "https://heating.lan:8443", "auth": "user"]),
        ]
        let traffic = RoutePlanner.Traffic(draining: ["aaaaaaaaaaaaaaaa"])
        let table = RoutePlanner(stacks: [shop], hand: routes, traffic: traffic).table()
        #expect(table.routes.map(\.key.description) == ["route 'heating'", "route 'photos'", "shop/web"])
        #expect(table.routes[0].endpoints == [RouteEndpoint(name: "outside", address: "heating.lan", port: 8443)])
        #expect(table.routes[0].route.scheme == .https && table.routes[0].route.access == .user)
        #expect(table.routes[0].labels == ["heating"] && table.routes[0].pathForms == ["heating"])
        #expect(table.routes[1].endpoints.map(\.port) == [8080] && table.routes[1].endpoints[0].isDraining)
        #expect(table.routes[1].labels == [] && table.routes[1].pathForms == ["photos"])
        #expect(table.routes[2].labels == ["web", "web-shop"])
        #expect(table.problems == [])
    }

    @Test func `an address over TLS must show who it is unless the route says otherwise`() throws {
        func identity(_ more: [String: JSONValue], _ address: String = "https://nas.lan") throws -> UpstreamIdentity? {
            let members = more.merging(["address": .string(address)]) { own, _ in own }
            return try hand("nas", .object(members)).route.identity
        }
        let pem = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"
        #expect(try identity([:]) == UpstreamIdentity(name: "nas.lan"))
        #expect(try identity([:], "http://nas.lan") == nil)
        #expect(try identity(["verify": false]) == UpstreamIdentity(name: "nas.lan", isChecked: false))
        #expect(
            try identity(["server_name": "Other.lan", "ca": .string(pem)])
                == UpstreamIdentity(name: "other.lan", authority: pem)
        )
        for wrong: [String: JSONValue] in [
            ["ca": "nothing"], ["ca": .string(pem), "verify": false], ["server_name": "*.lan"], ["verify": "maybe"],
        ] {
            #expect(throws: RouteError.self) { try identity(wrong) }
        }
        #expect(throws: RouteError.self) { try identity(["verify": true], "http://nas.lan") }
        // A number has no name; what is stored already is shown as what is wrong, and serves nobody.
        let numbered = try hand("router", ["address": "https://192.168.1.1"])
        #expect(throws: RouteError.self) { try numbered.requireIdentity() }
        #expect(RoutePlanner(stacks: [], hand: [numbered]).table().problems.count == 1)
        for right: JSONValue in [
            ["address": "https://192.168.1.1", "verify": false],
            ["address": "https://192.168.1.1", "server_name": "router.lan"],
        ] {
            let route = try hand("router", right)
            try route.requireIdentity()
            #expect(RoutePlanner(stacks: [], hand: [route]).table().problems == [])
        }
    }

    @Test func `a route to a service that is not there says so, and serves nobody`() throws {
        let route = try hand("photos", ["service": "media/photos", "port": 80])
        let table = RoutePlanner(stacks: [], hand: [route]).table()
        #expect(table.routes.map(\.endpoints) == [[]])
        #expect(table.problems.map(\.message) == ["route 'photos': there is no service 'media/photos'"])
        #expect(table.problems[0].concerns(table.routes[0].key))
    }

    @Test func `what a route made by hand has, a Compose file's does not get, and is told so`() throws {
        let block: JSONValue = ["port": 80, "host": "a.example.org"]
        let routes = [
            try hand("web", ["address": "http://10.0.0.1"]),
            try hand("a", ["address": "http://10.0.0.2", "host": "a.example.org"]),
        ]
        let shop = try stack("shop", ["web": service(), "x": service(gateway: block)], [])
        let table = RoutePlanner(stacks: [shop], hand: routes).table()
        #expect(table.routes.map(\.labels) == [[], ["web"], ["web-shop"], []])
        #expect(table.routes.map(\.route.hosts.count) == [1, 0, 0, 0])
        #expect(
            table.problems.map(\.message).sorted() == [
                "shop/web: the name 'web' is that of route 'web'; it is reached as 'web-shop'",
                "shop/x: a.example.org/ is served by route 'a' already",
            ]
        )
    }

    @Test(
        arguments: [
            (["address": "http://10.0.0.2", "host": "a.example.org", "path_form": false], "a.example.org/"),
            (["address": "http://10.0.0.2", "host": "b.example.org", "path_form": true], "/web/"),
            (["address": "http://10.0.0.2", "host": "a.example.org", "path": "/other", "path_form": false], nil),
        ] as [(JSONValue, String?)]
    )
    func `a route that wants what another has is refused`(_ block: JSONValue, _ place: String?) throws {
        let taken: JSONValue = ["port": 80, "host": "a.example.org"]
        let table = RoutePlanner(stacks: [try stack("shop", ["web": service(gateway: taken)], [])]).table()
        let conflict = RouteConflict.of(try hand("web", block), in: table)
        #expect(conflict?.place == place)
        #expect(conflict.map { $0.kind == .conflict && $0.owner.description == "shop/web" } ?? true)
    }

    @Test(
        arguments: [
            (["port": 80], "it does not lead to exactly one thing"),
            (["service": "shop/web", "address": "http://10.0.0.1"], "it does not lead to exactly one thing"),
            (["service": "web", "port": 80], "service is not a service"),
            (["service": "shop/web"], "it has no port"),
            (["address": "http://10.0.0.1/path"], "address is not one a route can lead to"),
            (["address": "ftp://10.0.0.1"], "address is not one a route can lead to"),
            (["address": "http://user@10.0.0.1"], "address is not one a route can lead to"),
            (["address": "http://10.0.0.1:99999"], "address is not one a route can lead to"),
            (["address": "http://a b"], "address is not one a route can lead to"),
            (["address": "http://10.0.0.1", "port": 80], "port is said by the address already"),
            (["address": "http://10.0.0.1", "canary": [:]], "canary belongs to the service"),
            (["address": "http://10.0.0.1", "hots": "x"], "it has no key 'hots'"),
            (["address": "http://10.0.0.1", "host": "a b"], "it.host is wrong: 'a b' is not a host name"),
        ] as [(JSONValue, String)]
    )
    func `a route made by hand that cannot work is refused with the place`(_ block: JSONValue, _ words: String) {
        let error = #expect(throws: RouteError.self) { try hand("x", block) }
        #expect(error?.summary == "the route 'x': \(words)")
    }

    @Test func `addresses are read in all their forms`() {
        func read(_ text: String) -> String? { OutsideAddress(parsing: text)?.description }
        #expect(read("http://10.0.0.1") == "http://10.0.0.1:80")
        #expect(read("https://Nas.lan/") == "https://nas.lan:443")
        #expect(read("h2c://nas:9000") == "h2c://nas:9000")
        #expect(read("h2c://nas") == nil)
        #expect(read("http://[fd00::1]:8080") == "http://[fd00::1]:8080")
        #expect(read("http://[fd00::1") == nil)
        #expect(read("http://*.lan") == nil)
        #expect(WebAddress(parsing: "https://[::1]:8443/a?b#c")?.description == "https://[::1]:8443/a?b")
        #expect(WebAddress(parsing: "HTTP://Photos.homie.local")?.description == "http://photos.homie.local/")
        #expect(WebAddress(parsing: "http://a/\n") == nil)
        #expect(WebAddress(parsing: "file:///etc/passwd") == nil)
    }
}
