import HomieModel

/// Gives every route its names, and each name to one route only.
enum RouteNaming {
    static func name(_ table: inout RouteTable) {
        nameLabels(&table)
        refuseTakenHosts(&table)
    }

    /// `web` becomes `web` where only one stack has such a service, and `web-shop` always.
    private static func nameLabels(_ table: inout RouteTable) {
        var owners: [String: [RouteKey]] = [:]
        for route in table.routes where route.key.number == 1 {
            owners[label(route.key.service.text), default: []].append(route.key)
        }
        var taken: Set<String> = []
        for (short, keys) in owners.sorted(by: { $0.key < $1.key }) {
            // The stack that is called like its service has the better claim, then the first by name.
            let owner = keys.first { label($0.stack.text) == short } ?? keys[0]
            guard !short.isEmpty else { continue }
            taken.insert(short)
            for key in keys {
                let long = label("\(key.service)-\(key.stack)")
                assign(key == owner ? [short, long] : [long], to: key, in: &table)
                guard key != owner else { continue }
                table.problems.append(
                    RouteProblem(
                        stack: key.stack,
                        service: key.service,
                        message: "\(key): the name '\(short)' is that of \(owner); it is reached as '\(long)'",
                        hint: "give it a host of its own in x-homie.gateway"
                    )
                )
            }
        }
        dropRepeatedLabels(&table, short: taken)
    }

    private static func assign(_ labels: [String], to key: RouteKey, in table: inout RouteTable) {
        for index in table.routes.indices
        where table.routes[index].key.stack == key.stack && table.routes[index].key.service == key.service {
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
            let long = label("\(key.service)-\(key.stack)")
            if short.contains(long) || longOwner[long] != nil {
                for other in table.routes.indices
                where table.routes[other].key.stack == key.stack && table.routes[other].key.service == key.service {
                    table.routes[other].labels.removeAll { $0 == long && label(key.service.text) != long }
                    table.routes[other].pathForms.removeAll { $0 == long && label(key.service.text) != long }
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
        table.problems.append(
            RouteProblem(
                stack: key.stack,
                service: key.service,
                message: "\(key): \(message)",
                hint: "give one of them another host or path"
            )
        )
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
