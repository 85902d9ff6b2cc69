import HomieModel

/// Gives every route its names, and each name to one route only.
enum RouteNaming {
    static func name(_ table: inout RouteTable) {
        nameLabels(&table)
        refuseTakenHosts(&table)
    }

    /// `web` becomes `web` where only one stack has such a service, and `web-shop` always.
    private static func nameLabels(_ table: inout RouteTable) {
        let hand = nameHandmade(&table)
        var owners: [String: [RouteKey]] = [:]
        for route in table.routes where route.key.number == 1 && route.key.name == nil {
            owners[label(route.key.service?.text ?? ""), default: []].append(route.key)
        }
        var taken = Set(hand.keys)
        for (short, keys) in owners.sorted(by: { $0.key < $1.key }) {
            // The stack that is called like its service has the better claim, then the first by name.
            let owner = hand[short] ?? keys.first { label($0.stack?.text ?? "") == short } ?? keys[0]
            guard !short.isEmpty else { continue }
            taken.insert(short)
            for key in keys {
                let long = longLabel(of: key)
                assign(key == owner ? [short, long] : [long], to: key, in: &table)
                guard key != owner else { continue }
                table.problems.append(
                    RouteProblem(
                        key,
                        message: "the name '\(short)' is that of \(owner); it is reached as '\(long)'",
                        hint: "give it a host of its own in x-homie.gateway"
                    )
                )
            }
        }
        dropRepeatedLabels(&table, short: taken)
    }

    /// A route made by hand without a host is reached by its own name; returns whose these names are.
    private static func nameHandmade(_ table: inout RouteTable) -> [String: RouteKey] {
        var owners: [String: RouteKey] = [:]
        for index in table.routes.indices {
            guard let name = table.routes[index].key.name else { continue }
            let own = label(name.text)
            guard !own.isEmpty, owners[own] == nil else { continue }
            let route = table.routes[index].route
            if route.hosts.isEmpty { table.routes[index].labels = [own] }
            if route.hasPathForm { table.routes[index].pathForms = [own] }
            if route.hosts.isEmpty || route.hasPathForm { owners[own] = table.routes[index].key }
        }
        return owners
    }

    private static func longLabel(of key: RouteKey) -> String {
        label("\(key.service?.text ?? "")-\(key.stack?.text ?? "")")
    }

    private static func isSameService(_ one: RouteKey, _ other: RouteKey) -> Bool {
        one.name == nil && other.name == nil && one.stack == other.stack && one.service == other.service
    }

    private static func assign(_ labels: [String], to key: RouteKey, in table: inout RouteTable) {
        for index in table.routes.indices
        where isSameService(table.routes[index].key, key) {
            let isFirst = table.routes[index].key.number == 1
            let route = table.routes[index].route
            // A further route of the same service shares its names, on another path.
            if route.hosts.isEmpty, isFirst || !route.path.isRoot { table.routes[index].labels = labels }
            if route.hasPathForm, isFirst { table.routes[index].pathForms = labels }
        }
    }

    /// A long name may be another service's short one: `web-shop` in some stack, and `web` in the stack `shop`.
    private static func dropRepeatedLabels(_ table: inout RouteTable, short: Set<String>) {
        var longOwner: [String: RouteKey] = [:]
        for index in table.routes.indices where table.routes[index].key.number == 1 {
            let key = table.routes[index].key
            guard key.name == nil else { continue }
            let long = longLabel(of: key)
            if short.contains(long) || longOwner[long] != nil {
                let isShort = label(key.service?.text ?? "") == long
                for other in table.routes.indices where isSameService(table.routes[other].key, key) {
                    table.routes[other].labels.removeAll { $0 == long && !isShort }
                    table.routes[other].pathForms.removeAll { $0 == long && !isShort }
                }
            } else {
                longOwner[long] = key
            }
        }
    }

    /// The first route by key keeps a host and path that two want.
    private static func refuseTakenHosts(_ table: inout RouteTable) {
        var owners: [String: RouteKey] = [:]
        for index in table.routes.indices {
            let route = table.routes[index]
            var kept: [HostPattern] = []
            for host in route.route.hosts {
                let place = "\(host)\(route.route.path)"
                if let owner = owners[place] {
                    problem(&table, route.key, "\(place) is served by \(owner) already")
                } else {
                    owners[place] = route.key
                    kept.append(host)
                }
            }
            for name in route.labels {
                let place = "\(name)\(route.route.path)"
                if let owner = owners["label " + place] {
                    problem(&table, route.key, "\(place) is served by \(owner) already")
                    table.routes[index].labels.removeAll { $0 == name }
                } else {
                    owners["label " + place] = route.key
                }
            }
            table.routes[index].route.hosts = kept
        }
    }

    private static func problem(_ table: inout RouteTable, _ key: RouteKey, _ message: String) {
        table.problems.append(RouteProblem(key, message: message, hint: "give one of them another host or path"))
    }

    /// The places a route is reached at, as far as nobody else may have them.
    static func places(of planned: PlannedRoute) -> Set<String> {
        let path = planned.placePath
        let version = planned.version.map { "\($0.name)/" } ?? ""
        return Set(planned.route.hosts.map { "\($0)\(path)" })
            .union(planned.labels.map { "\($0) (a name under the device's)\(path)" })
            .union(planned.pathForms.map { "/\($0)/\(version)" })
    }

    /// A text as a DNS label: lower case, everything else a hyphen, at most 63 characters.
    static func label(_ text: String) -> String {
        var label = ""
        for byte in text.utf8 {
            switch byte {
            case 0x61...0x7A, 0x30...0x39: label.unicodeScalars.append(Unicode.Scalar(byte))
            case 0x41...0x5A: label.unicodeScalars.append(Unicode.Scalar(byte + 0x20))
            default: if !label.isEmpty, !label.hasSuffix("-") { label += "-" }
            }
        }
        label = String(label.prefix(63))
        while label.hasSuffix("-") { label.removeLast() }
        return label
    }
}
