/// One block of `x-homie.gateway`.
struct RouteBlock {
    let reader: RouteReader
    let members: [String: JSONValue]
    let place: String
    let exposed: UInt16?

    /// - Throws: ``RouteError`` when `value` is no block, or has a key nobody knows.
    init(_ reader: RouteReader, _ value: JSONValue, place: String, exposed: UInt16?) throws(RouteError) {
        guard let members = value.objectValue else { throw reader.error(place, "is not a block") }
        self.reader = reader
        self.members = members
        self.place = place
        self.exposed = exposed
        let known: Set<String> = [
            "port", "scheme", "host", "hosts", "path", "strip_path", "path_form", "auth", "tls", "balance", "headers",
            "rate_limit", "cache", "max_body", "timeout", "health", "canary", "versions",
        ]
        try refuseUnknown(members, known.union(Self.identityKeys), at: place)
    }

    /// - Throws: ``RouteError``
    func route() throws(RouteError) -> GatewayRoute {
        var route = GatewayRoute(port: try port())
        route.hosts = try hosts()
        if let value = members["path"] { route.path = try path(value, "path") }
        route.stripsPath = try flag("strip_path") ?? false
        route.hasPathForm = try flag("path_form") ?? true
        if let value = members["scheme"] { route.scheme = try reader.choice(value, at: "\(place).scheme") }
        route.identity = try identity(of: route.scheme)
        if let value = members["auth"] { route.access = try reader.choice(value, at: "\(place).auth") }
        if let value = members["balance"] { route.balance = try reader.choice(value, at: "\(place).balance") }
        route.requiresTLS = try requiresTLS()
        if let value = members["headers"] { route.headers = try headers(value) }
        if let value = members["rate_limit"] { route.rateLimit = try rateLimit(value) }
        route.cache = try cache()
        if let value = members["max_body"] { route.maximumBody = try bytes(value) }
        if let value = members["timeout"] {
            route.timeout = try span(value, "timeout", within: .seconds(1)...(.seconds(86_400)))
        }
        if let value = members["health"] { route.healthPath = try path(value, "health") }
        if let value = members["versions"] {
            route.versions = try RouteVersionsBlock(reader: reader, place: "\(place).versions").versions(value)
            guard route.path.segments.count < RoutePath.maximumDepth else {
                throw reader.error("\(place).path", "is too deep for a version behind it")
            }
        }
        return route
    }

    private func port() throws(RouteError) -> UInt16 {
        if let value = members["port"] { return try reader.port(value, at: "\(place).port") }
        if let exposed { return exposed }
        let ports = Set(reader.definition.ports.filter { $0.transport == "tcp" }.map(\.target))
        if let only = ports.first, ports.count == 1 { return only }
        throw reader.error(place, "has no port", hint: "write 'port: 80', the port the service listens on")
    }

    private func hosts() throws(RouteError) -> [HostPattern] {
        var texts: [JSONValue] = []
        if let one = members["host"] { texts.append(one) }
        if let value = members["hosts"] {
            guard let list = value.arrayValue else { throw reader.error("\(place).hosts", "is not a list") }
            texts += list
        }
        guard texts.count <= 64 else { throw reader.error("\(place).hosts", "has more than 64 names") }
        var hosts: [HostPattern] = []
        for value in texts {
            guard let text = value.stringValue else { throw reader.error("\(place).host", "is not a text") }
            let host = try reader.text("\(place).host") { () throws(RouteTextError) in
                try HostPattern(parsing: text)
            }
            if !hosts.contains(host) { hosts.append(host) }
        }
        return hosts
    }

    private func requiresTLS() throws(RouteError) -> Bool {
        guard let value = members["tls"] else { return false }
        switch value.stringValue {
        case "required": return true
        case "optional": return false
        default: throw reader.error("\(place).tls", "is not one of optional, required")
        }
    }

    private func headers(_ value: JSONValue) throws(RouteError) -> HeaderRules {
        let place = "\(place).headers"
        guard let members = value.objectValue else { throw reader.error(place, "is not a block") }
        try refuseUnknown(members, ["request", "response"], at: place)
        var rules = HeaderRules()
        if let block = members["request"] {
            (rules.setInRequest, rules.removedFromRequest) = try changes(block, at: "\(place).request")
        }
        if let block = members["response"] {
            (rules.setInResponse, rules.removedFromResponse) = try changes(block, at: "\(place).response")
        }
        return rules
    }

    /// `{X-Name: value, X-Other: null}`: null removes.
    private func changes(
        _ value: JSONValue,
        at place: String
    ) throws(RouteError) -> ([HeaderName: HeaderValue], [HeaderName]) {
        guard let members = value.objectValue else { throw reader.error(place, "is not a block") }
        guard members.count <= 32 else { throw reader.error(place, "has more than 32 fields") }
        var set: [HeaderName: HeaderValue] = [:]
        var removed: [HeaderName] = []
        for (key, value) in members.sorted(by: { $0.key < $1.key }) {
            let name = try reader.text("\(place).\(key)") { () throws(RouteTextError) in
                try HeaderName(parsing: key)
            }
            let text: String
            switch value {
            case .null:
                removed.append(name)
                continue
            case .string(let words): text = words
            case .integer(let number): text = String(number)
            case .bool(let flag): text = String(flag)
            case .number, .array, .object: throw reader.error("\(place).\(key)", "is not a text")
            }
            set[name] = try reader.text("\(place).\(key)") { () throws(RouteTextError) in
                try HeaderValue(parsing: text)
            }
        }
        return (set, removed)
    }

    private func rateLimit(_ value: JSONValue) throws(RouteError) -> RateLimit {
        let place = "\(place).rate_limit"
        guard let members = value.objectValue else {
            throw reader.error(place, "is not a block", hint: "write 'rate_limit: {requests: 100, per: 10s}'")
        }
        try refuseUnknown(members, ["requests", "per"], at: place)
        guard let requests = members["requests"]?.integerValue, (1...1_000_000).contains(requests) else {
            throw reader.error("\(place).requests", "is not a number from 1 to 1000000")
        }
        let window = try members["per"].map { value throws(RouteError) in
            try span(value, "rate_limit.per", within: .seconds(1)...(.seconds(86_400)))
        }
        return RateLimit(requests: Int(requests), window: window ?? .seconds(1))
    }

    private func cache() throws(RouteError) -> CacheRule? {
        switch members["cache"] {
        case nil, .bool(false): return nil
        case .bool(true): return CacheRule(maximumAge: .seconds(60))
        case .object(let block):
            try refuseUnknown(block, ["max_age"], at: "\(place).cache")
            let age = try block["max_age"].map { value throws(RouteError) in
                try span(value, "cache.max_age", within: .seconds(1)...(.seconds(2_592_000)))
            }
            return CacheRule(maximumAge: age ?? .seconds(60))
        default: throw reader.error("\(place).cache", "is neither true, false nor a block")
        }
    }

    // MARK: values

    private func refuseUnknown(
        _ members: [String: JSONValue],
        _ known: Set<String>,
        at place: String
    ) throws(RouteError) {
        guard let stranger = members.keys.filter({ !known.contains($0) }).min() else { return }
        throw reader.error(
            place,
            "has no key '\(stranger)'",
            hint: "it knows \(known.sorted().joined(separator: ", "))"
        )
    }

    func flag(_ key: String) throws(RouteError) -> Bool? {
        guard let value = members[key] else { return nil }
        guard let flag = value.boolValue else { throw reader.error("\(place).\(key)", "is neither true nor false") }
        return flag
    }

    private func path(_ value: JSONValue, _ key: String) throws(RouteError) -> RoutePath {
        guard let text = value.stringValue else { throw reader.error("\(place).\(key)", "is not a text") }
        return try reader.text("\(place).\(key)") { () throws(RouteTextError) in try RoutePath(parsing: text) }
    }

    /// Bytes, or a number with `k`, `m` or `g` behind it (1024 each).
    private func bytes(_ value: JSONValue) throws(RouteError) -> ByteCount {
        let units: [Character: Int64] = ["k": 1 << 10, "m": 1 << 20, "g": 1 << 30]
        let number: Int64?
        if let text = value.stringValue?.lowercased(), let last = text.last, let unit = units[last] {
            number = Int64(text.dropLast()).flatMap { (0...(1 << 40) / unit).contains($0) ? $0 * unit : nil }
        } else {
            number = value.integerValue ?? value.stringValue.flatMap { Int64($0) }
        }
        guard let number, (1...(1 << 40)).contains(number) else {
            throw reader.error("\(place).max_body", "is not a size", hint: "write it like '100m'")
        }
        return ByteCount(bytes: number)
    }

    /// Seconds, or a number with `ms`, `s`, `m`, `h` or `d` behind it.
    private func span(
        _ value: JSONValue,
        _ key: String,
        within range: ClosedRange<TimeSpan>
    ) throws(RouteError) -> TimeSpan {
        let units: [(String, Int64)] = [
            ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000),
            ("d", 86_400_000_000_000),
        ]
        var span = value.integerValue.flatMap { (0..<1 << 30).contains($0) ? TimeSpan.seconds(Double($0)) : nil }
        if let text = value.stringValue, let (suffix, unit) = units.first(where: { text.hasSuffix($0.0) }) {
            let (product, overflow) =
                Int64(text.dropLast(suffix.count))?.multipliedReportingOverflow(by: unit) ?? (0, true)
            span = overflow ? nil : TimeSpan(nanoseconds: product)
        }
        guard let span, range.contains(span) else {
            throw reader.error("\(place).\(key)", "is not a time it can be", hint: "write it like '30s'")
        }
        return span
    }
}
