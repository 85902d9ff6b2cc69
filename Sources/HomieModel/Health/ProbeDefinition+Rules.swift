extension ProbeDefinition {
    /// Reads a service's check; nil when it has none.
    ///
    /// ```yaml
    /// labels:
    ///   io.homie.health: http://:8080/health     # or https://:8443/, tcp://:5432, grpc://:50051/service, ws://:80/
    /// x-homie:
    ///   health:
    ///     http: {path: /health, port: 8080, status: 200-299, body: ok, latency: 500ms, host: example.org}
    ///     # or one of  https: {path: /, port: 8443, host: example.org, verify: false} with the same keys · tcp: 5432 ·
    ///     #            grpc: {port: 50051, service: name} · websocket: {port: 80, path: /}
    ///     #            command: [pg_isready, -q]
    ///     interval: 15s
    ///     timeout: 5s
    ///     start_period: 60s
    ///     retries: 3
    /// ```
    ///
    /// Over HTTPS the certificate is checked when `host` says for which name it must be, unless `verify` is false, as a
    /// certificate that a service signed itself needs; without a host there is no name that it could be checked for.
    ///
    /// - Parameters:
    ///   - homie: the service's `x-homie` block.
    ///   - ports: the container's ports that the file names, for a check that names none.
    /// - Throws: ``HealthRuleError`` naming the first key that is wrong.
    public static func read(
        homie: JSONValue?,
        labels: [String: String],
        ports: [UInt16]
    ) throws(HealthRuleError) -> ProbeDefinition? {
        let label = labels["io.homie.health"]
        guard let value = homie?["health"] else {
            return try label.map { text throws(HealthRuleError) in
                ProbeDefinition(kind: try kind(address: text, at: ["labels", "io.homie.health"], ports))
            }
        }
        let place = ["x-homie", "health"]
        guard label == nil else {
            throw HealthRuleError(
                keys: ["labels", "io.homie.health"],
                problem: "contradicts x-homie.health",
                hint: "keep one of the two"
            )
        }
        if let text = value.stringValue { return ProbeDefinition(kind: try kind(address: text, at: place, ports)) }
        let kinds = ["http", "https", "tcp", "grpc", "websocket", "command"]
        let block = try RuleBlock(
            value,
            at: place,
            known: Set(kinds + ["interval", "timeout", "start_period", "retries"])
        )
        let named = kinds.filter { block[$0] != nil }
        guard let name = named.first, named.count == 1, let how = block[name] else {
            throw HealthRuleError(
                keys: place,
                problem: named.isEmpty ? "names no check" : "names more than one check",
                hint: "write one of \(kinds.joined(separator: ", "))"
            )
        }
        var probe = ProbeDefinition(kind: try kind(name, how, at: place + [name], ports))
        probe.interval = try block.span("interval", in: .seconds(1)...(.seconds(86_400))) ?? probe.interval
        probe.timeout = try block.span("timeout", in: .milliseconds(10)...(.seconds(300))) ?? probe.timeout
        probe.startPeriod = try block.span("start_period", in: .seconds(0)...(.seconds(86_400))) ?? probe.startPeriod
        probe.retries = try block.integer("retries", in: 1...100) ?? probe.retries
        return probe
    }

    private static func kind(
        _ name: String,
        _ value: JSONValue,
        at keys: [String],
        _ ports: [UInt16]
    ) throws(HealthRuleError) -> ProbeKind {
        switch name {
        case "http", "https":
            let isEncrypted = name == "https"
            if let path = value.stringValue {
                var probe = HTTPProbe(port: try port(nil, ports, keys), path: try checkedPath(path, keys))
                if isEncrypted { probe.trust = .anyone }
                return .http(probe)
            }
            let known: Set = ["port", "path", "host", "status", "body", "latency"]
            let block = try RuleBlock(value, at: keys, known: isEncrypted ? known.union(["verify"]) : known)
            var probe = HTTPProbe(port: try port(try block.port("port"), ports, keys))
            if let path = try block.text("path") { probe.path = try checkedPath(path, keys + ["path"]) }
            probe.host = try block.text("host")
            if probe.host.map(isPrintable) == false { throw block.error("host", "is not a host name") }
            if let text = try block.text("status") { probe.statuses = try statuses(text, keys + ["status"]) }
            probe.body = try block.text("body")
            probe.latency = try block.span("latency", in: .milliseconds(1)...(.seconds(300)))
            if isEncrypted { probe.trust = try trust(block, hasHost: probe.host != nil) }
            return .http(probe)
        case "tcp":
            if value.objectValue == nil {
                let block = try RuleBlock(.object(["tcp": value]), at: Array(keys.dropLast()), known: ["tcp"])
                return .tcp(port: try port(try block.port("tcp"), ports, keys))
            }
            let block = try RuleBlock(value, at: keys, known: ["port"])
            return .tcp(port: try port(try block.port("port"), ports, keys))
        case "grpc":
            let block = try RuleBlock(value, at: keys, known: ["port", "service"])
            return .grpc(port: try port(try block.port("port"), ports, keys), service: try block.text("service") ?? "")
        case "websocket":
            let block = try RuleBlock(value, at: keys, known: ["port", "path"])
            let path = try block.text("path") ?? "/"
            return .webSocket(
                port: try port(try block.port("port"), ports, keys),
                path: try checkedPath(path, keys + ["path"])
            )
        default:
            if let line = value.stringValue, !line.isEmpty { return .command(["/bin/sh", "-c", line]) }
            let words = (value.arrayValue ?? []).compactMap(\.stringValue)
            guard !words.isEmpty, words.count == value.arrayValue?.count else {
                throw HealthRuleError(keys: keys, problem: "is neither a text nor a list of texts")
            }
            return .command(words)
        }
    }

    private static func trust(_ block: RuleBlock, hasHost: Bool) throws(HealthRuleError) -> ProbeTrust {
        let verifies = try block.flag("verify")
        guard verifies != true || hasHost else {
            throw block.error("verify", "needs the name that the certificate is for", hint: "add 'host: example.org'")
        }
        return verifies ?? hasHost ? .authorities : .anyone
    }

    /// `scheme://:port/rest`
    private static func kind(
        address: String,
        at keys: [String],
        _ ports: [UInt16]
    ) throws(HealthRuleError) -> ProbeKind {
        let hint =
            "write it like 'http://:8080/health', 'https://:8443/', 'tcp://:5432', 'grpc://:50051' or 'ws://:8080/'"
        guard let colon = address.firstRange(of: "://") else {
            throw HealthRuleError(keys: keys, problem: "is not the address of a check", hint: hint)
        }
        let rest = address[colon.upperBound...]
        let authority = rest.prefix { $0 != "/" }
        let path = String(rest.dropFirst(authority.count))
        var number: UInt16?
        if !authority.isEmpty {
            guard authority.first == ":", let port = UInt16(authority.dropFirst()), port > 0 else {
                throw HealthRuleError(keys: keys, problem: "has no port of the container", hint: hint)
            }
            number = port
        }
        let port = try port(number, ports, keys)
        let place = try checkedPath(path.isEmpty ? "/" : path, keys)
        switch address[..<colon.lowerBound] {
        case "http": return .http(HTTPProbe(port: port, path: place))
        case "https": return .http(HTTPProbe(port: port, path: place, trust: .anyone))
        case "tcp": return .tcp(port: port)
        case "grpc": return .grpc(port: port, service: String(path.dropFirst()))
        case "ws": return .webSocket(port: port, path: place)
        default: throw HealthRuleError(keys: keys, problem: "has a scheme that is not known", hint: hint)
        }
    }

    private static func port(_ written: UInt16?, _ ports: [UInt16], _ keys: [String]) throws(HealthRuleError) -> UInt16
    {
        if let written { return written }
        if let only = ports.first, Set(ports).count == 1 { return only }
        throw HealthRuleError(keys: keys, problem: "has no port", hint: "write the port the service listens on")
    }

    private static func checkedPath(_ text: String, _ keys: [String]) throws(HealthRuleError) -> String {
        guard text.hasPrefix("/"), isPrintable(text), text.utf8.count <= 1024 else {
            throw HealthRuleError(keys: keys, problem: "is not a path", hint: "begin it with a slash")
        }
        return text
    }

    /// Neither spaces nor control characters, which would end a line of a request.
    private static func isPrintable(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
    }

    /// `200`, `200-299`, `200,204`.
    private static func statuses(_ text: String, _ keys: [String]) throws(HealthRuleError) -> [ClosedRange<Int>] {
        var ranges: [ClosedRange<Int>] = []
        for part in text.split(separator: ",") {
            let ends = part.split(separator: "-").compactMap { Int($0.filter { $0 != " " }) }
            guard let low = ends.first, let high = ends.last, ends.count <= 2, low <= high, low >= 100, high <= 599
            else {
                throw HealthRuleError(
                    keys: keys,
                    problem: "is not a list of statuses",
                    hint: "write it like '200-299,304'"
                )
            }
            ranges.append(low...high)
        }
        guard !ranges.isEmpty else { throw HealthRuleError(keys: keys, problem: "is empty") }
        return ranges
    }
}
