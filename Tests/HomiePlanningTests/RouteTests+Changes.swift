import HomieModel
import HomiePlanning
import Testing

extension RouteTests {
    /// What a plan says of going from some stacks to others, a line each.
    private func changes(
        from before: [RoutePlanner.Stack],
        to after: [RoutePlanner.Stack],
        hand: [HandRoute] = [],
        https: UInt16? = 443,
        publishes: Bool = false
    ) throws -> [String] {
        let addressing = RouteAddressing(
            domain: try HostPattern(parsing: "homie.local"),
            https: https,
            paths: https.map { $0 + 1 },
            http: 80,
            publishesNames: publishes
        )
        return RouteChanges.changes(
            from: RoutePlanner(stacks: before, hand: hand).table(),
            to: RoutePlanner(stacks: after, hand: hand).table(),
            addressing
        )
        .map { "\($0.action) \($0.object) \($0.name): \($0.reason)" }
    }

    @Test func `a plan names the addresses that a service gets, and those that it gives up`() throws {
        let none = try stack("shop", ["web": service(labels: [:])], [])
        let shop = try stack("shop", ["web": service()], [])
        #expect(
            try changes(from: [none], to: [shop]) == [
                "add address https://homie.local:444/web-shop/: it leads to 'shop/web'",
                "add address https://homie.local:444/web/: it leads to 'shop/web'",
                "add address https://web-shop.homie.local/: it leads to 'shop/web'",
                "add address https://web.homie.local/: it leads to 'shop/web'",
            ]
        )
        #expect(
            try changes(from: [shop], to: [none], https: 8443).last
                == "drop address https://web.homie.local:8443/: it no longer leads to 'shop/web'"
        )
        #expect(try changes(from: [shop], to: [shop]) == [])
        #expect(
            try changes(from: [none], to: [shop], https: nil).first?.contains("http://homie.local/web-shop/") == true
        )
        // Another port of the container is no other address.
        let other = try stack("shop", ["web": service(labels: ["io.homie.expose": "8080"])], [])
        #expect(try changes(from: [shop], to: [other]) == [])
    }

    @Test func `a plan says which names are published, and not again for a second path of theirs`() throws {
        func shop(_ gateway: JSONValue) throws -> RoutePlanner.Stack {
            try stack("shop", ["web": service(labels: [:], gateway: gateway)], [])
        }
        let one: JSONValue = ["port": 80, "host": "photos.local", "path_form": false]
        let two: JSONValue = [
            ["port": 80, "hosts": ["photos.local", "photos.example.org"], "path_form": false],
            ["port": 81, "host": "photos.local", "path": "/admin", "path_form": false],
        ]
        #expect(
            try changes(from: [], to: [shop(one)], publishes: true) == [
                "add address https://photos.local/: it leads to 'shop/web'; its name is published (mDNS)"
            ]
        )
        #expect(
            try changes(from: [shop(one)], to: [shop(two)], publishes: true) == [
                "add address https://photos.example.org/: it leads to 'shop/web'",
                "add address https://photos.local/admin/: it leads to 'shop/web'",
            ]
        )
        #expect(
            try changes(from: [shop(two)], to: [], publishes: true) == [
                "drop address https://photos.example.org/: it no longer leads to 'shop/web'",
                "drop address https://photos.local/: it no longer leads to 'shop/web'; "
                    + "its name is no longer published (mDNS)",
                "drop address https://photos.local/admin/: it no longer leads to 'shop/web'; "
                    + "its name is no longer published (mDNS)",
            ]
        )
    }

    @Test func `a plan tells of an address that another stack loses, and of a route that is not served`() throws {
        let other = try stack("other", ["web": service()], [])
        let web = try stack("web", ["web": service()], [])
        let lines = try changes(from: [other], to: [other, web])
        #expect(
            lines.contains("move address https://web.homie.local/: it leads to 'web/web', no longer to 'other/web'"),
            "\(lines)"
        )
        #expect(
            lines.contains { $0.hasPrefix("skip route other/web: ") && $0.contains("it is reached as 'web-other'") }
        )
        let wrong = try stack("shop", ["web": service(labels: [:], gateway: ["port": 80, "colour": "red"])], [])
        let faults = try changes(from: [], to: [wrong])
        #expect(faults.count == 1 && faults[0].hasPrefix("skip route shop/web: "), "\(faults)")
        #expect(faults.first?.contains("has no key 'colour'") == true)
        // It was told before.
        #expect(try changes(from: [wrong], to: [wrong]) == [])
    }

    @Test func `a plan tells of a route made by hand whose service goes, and shows versions where they lead`() throws {
        let hand = try hand("photos", ["service": "shop/web", "port": 80, "host": "photos.example.org"])
        let shop = try stack("shop", ["web": service(labels: [:])], [])
        let lines = try changes(from: [shop], to: [], hand: [hand])
        #expect(lines == ["skip route photos: route 'photos': there is no service 'shop/web'"])
        let block: JSONValue = [
            "port": 80, "host": "a.example.org", "path_form": false, "versions": ["v2": ["service": "next"]],
        ]
        let both = try stack("shop", ["web": service(labels: [:], gateway: block), "next": service(labels: [:])], [])
        #expect(
            try changes(from: [], to: [both]) == [
                "add address https://a.example.org/: it leads to 'shop/web'",
                "add address https://a.example.org/v2/: it leads to 'shop/next'",
            ]
        )
    }
}
