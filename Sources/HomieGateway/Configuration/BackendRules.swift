internal import HomieModel

/// The lines of a route's backend that come before its servers.
enum BackendRules {
    /// Those of a route that asks for nothing special; spare backends have these.
    static func plain(_ paths: GatewayPaths) -> [String] { rules(of: GatewayRoute(port: 80), paths: paths) }

    static func rules(of planned: PlannedRoute, paths: GatewayPaths) -> [String] {
        rules(of: planned.route, owner: WantedGateway.backend(of: planned.key), paths: paths)
            + VersionRules.lines(planned.version)
    }

    static func rules(of route: GatewayRoute, owner: String = "", paths: GatewayPaths) -> [String] {
        // Servers of another kind need another backend, though no directive says so.
        var lines: [String] = route.scheme == .http ? [] : ["# its servers speak \(route.scheme.rawValue)"]
        if let identity = route.identity {
            lines[0] += identity.name.map { " as \($0)" } ?? ""
            // A server that is added later finds only authorities that were read at the start.
            if identity.isChecked { lines.append("default-server ca-file \(paths.authorities(of: identity))") }
        }
        switch route.balance {
        case .roundRobin: lines.append("balance roundrobin")
        case .leastConnections: lines.append("balance leastconn")
        case .client: lines += ["balance source", "hash-type consistent"]
        }
        if let path = route.healthPath {
            lines.append("option httpchk")
            lines.append("http-check send meth GET uri \(path) ver HTTP/1.1 hdr Host localhost")
            lines.append("http-check expect status 200-399")
        }
        if let timeout = route.timeout { lines.append("timeout server \(milliseconds(timeout))") }
        // A stream of events may be silent for long.
        lines.append("http-request set-timeout server 1h if { req.hdr(accept) -m sub text/event-stream }")
        if let rate = route.rateLimit {
            let window = milliseconds(rate.window)
            lines.append("stick-table type ipv6 size 100k expire \(window) store http_req_rate(\(window))")
            lines.append("http-request track-sc1 \(FrontendRules.client)")
            lines.append(
                "http-request return status 429 content-type text/plain string \"too many requests\\n\" "
                    + "hdr Retry-After \(max(1, Int(rate.window.seconds.rounded(.up)))) "
                    + "if { sc_http_req_rate(1) gt \(rate.requests) }"
            )
        }
        if let limit = route.maximumBody {
            lines.append("http-request deny deny_status 413 if { req.hdr_val(content-length) gt \(limit.bytes) }")
            // A body of unknown length could not be measured before it is there. HTTP/2 has no field that says that one comes:
            // its first byte does. What has none is through at once; what is upgraded never ends, and was asked for with one.
            lines.append("http-request return status 411 if { req.hdr(transfer-encoding) -m found }")
            let isUnmeasured = "!{ req.hdr(content-length) -m found } !{ req.hdr(upgrade) -m found }"
            lines.append("http-request wait-for-body time 10s at-least 1 if \(isUnmeasured)")
            lines.append("http-request return status 411 if \(isUnmeasured) { req.body_size gt 0 }")
        }
        if let cache = route.cache {
            let name = CacheSection.name(cache)
            // What it keeps goes by host and path, and the path may have lost what tells two routes of a host apart.
            lines.append("http-request set-var(txn.authority) req.fhdr(host)")
            lines.append("http-request set-header Host %[var(txn.authority)]\(literal("|" + owner))")
            lines.append("http-request cache-use \(name)")
            lines.append("http-request set-header Host %[var(txn.authority)]")
            lines.append("http-response cache-store \(name)")
        }
        return lines + headerLines(route.headers)
    }

    private static func headerLines(_ rules: HeaderRules) -> [String] {
        var lines = rules.removedFromRequest.sorted().map { "http-request del-header \($0)" }
        for (name, value) in rules.setInRequest.sorted(by: { $0.key < $1.key }) {
            lines.append("http-request set-header \(name) \(literal(value.text))")
        }
        lines += rules.removedFromResponse.sorted().map { "http-response del-header \($0)" }
        for (name, value) in rules.setInResponse.sorted(by: { $0.key < $1.key }) {
            lines.append("http-response set-header \(name) \(literal(value.text))")
        }
        return lines
    }

    /// A text as one quoted word whose percent signs mean themselves (Configuration Manual, 2.2 and 8.2.6).
    static func literal(_ text: String) -> String {
        var word = "'"
        for character in text.unicodeScalars {
            switch character {
            case "'": word += "'\\''"
            case "%": word += "%%"
            default: word.unicodeScalars.append(character)
            }
        }
        return word + "'"
    }

    static func milliseconds(_ span: TimeSpan) -> String { "\(max(1, span.nanoseconds / 1_000_000))ms" }
}

/// A cache that the routes with the same longest age share.
enum CacheSection {
    static func name(_ rule: CacheRule) -> String { "cache-\(seconds(rule))" }

    static func lines(_ rule: CacheRule) -> [String] {
        [
            "cache \(name(rule))", "    total-max-size 16", "    max-object-size 1048576",
            "    max-age \(seconds(rule))", "    process-vary on",
        ]
    }

    private static func seconds(_ rule: CacheRule) -> Int64 { max(1, rule.maximumAge.nanoseconds / 1_000_000_000) }
}
