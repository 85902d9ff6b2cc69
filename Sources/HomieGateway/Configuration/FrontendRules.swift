internal import HomieModel

/// The part of the configuration every request goes through: refuse what is malformed, find the route, check who asks.
///
/// Most requests ask for nothing special: by the exact name of a route that is open to everybody, with a path that is
/// written plainly. They leave the rules early (``plain``), after what holds for all of them; each rule costs, and most
/// of the others are about sign-in, the API, and paths in disguise.
struct FrontendRules {
    let settings: GatewaySettings
    let picks: GatewayLayout.Picks?

    var lines: [String] {
        ["", "frontend gateway"]
            + (plainBinds + binds(settings.https) + RequestNotes.lines + limits + challenges + numbers + firstLook
            + forwarding + tracing + RequestNotes.silence + foreignCookies + plain + refusals + routing + api
            + otherOrigin
            + version + RequestNotes.choice + tracingMethod + encryption + access(signInRedirect) + cookies + prefixes
            + ending)
            .map { "    \($0)" } + pathFormLines
            + ["", "backend nowhere", "    \(Self.answer(404, "No service is reached by this name and path."))"]
            + apiBackend + clientTable + (settings.sessionKey == nil ? [] : OpenStreams.backend(settings))
    }

    private var plainBinds: [String] { settings.http.map { "bind \(Self.place($0))" } }

    func binds(_ listeners: [GatewaySettings.Listener]) -> [String] {
        listeners.map {
            "bind \(Self.place($0)) ssl crt \(settings.paths.certificates) "
                + "crt-list \(settings.paths.hostList) alpn h2,http/1.1"
        }
    }

    private static func place(_ listener: GatewaySettings.Listener) -> String {
        switch listener.address {
        case nil: ":::\(listener.port) v4v6"
        case let address? where address.contains(":"): "[\(address)]:\(listener.port)"
        case let address?: "\(address):\(listener.port)"
        }
    }

    static func answer(_ status: Int, _ words: String) -> String {
        "http-request return status \(status) content-type \"text/plain; charset=utf-8\" string \"\(words)\\n\""
    }

    // MARK: one client

    /// Whom limits count as one client, as the API's own do: an IPv4 address, also one that came to a socket for both, or an IPv6
    /// network of 64 bits, out of which every subscriber picks addresses as it likes (RFC 6177).
    static let client = "src,ipmask(32,64)"

    private var clientTable: [String] {
        let rate = settings.clientRate.map { ",http_req_rate(\(BackendRules.milliseconds($0.window)))" } ?? ""
        return ["", "backend clients", "    stick-table type ipv6 size 100k expire 60s store conn_cur\(rate)"]
    }

    var limits: [String] {
        var lines = [
            "maxconn \(settings.maximumConnections)",
            "tcp-request connection track-sc0 \(Self.client) table clients",
            "tcp-request connection reject if { sc_conn_cur(0) gt \(settings.connectionsPerClient) }",
        ]
        if let rate = settings.clientRate {
            let retry = max(1, Int(rate.window.seconds.rounded(.up)))
            lines.append(
                Self.answer(429, "Too many requests.") + " hdr Retry-After \(retry)"
                    + " if { sc_http_req_rate(0) gt \(rate.requests) }"
            )
        }
        return lines
    }

    // MARK: proofs for a public authority

    /// Before anything else: an authority looks over plain HTTP, by any name (RFC 8555, section 8.3).
    private var challenges: [String] {
        guard settings.usesACME else { return [] }
        let content = "path,field(4,/),map(\(settings.paths.challenges))"
        return [
            "http-request return status 200 content-type application/octet-stream lf-string \"%[\(content)]\" "
                + "if { path -m beg /.well-known/acme-challenge/ } { \(content) -m found }"
        ]
    }

    // MARK: most requests

    private var map: String { "map_beg(\(settings.paths.map))" }

    /// The route by the exact name, when name and path are written as they are in the map.
    private var firstLook: [String] { ["http-request set-var(txn.route) base,concat(/),\(map)"] }

    /// Whatever a client says about itself, its address is what we see.
    var forwarding: [String] {
        [
            "http-request del-header X-Homie- -m beg",
            "http-request del-header Proxy",
            "http-request del-header Forwarded",
            "http-request del-header X-Forwarded- -m beg",
            "http-request set-header X-Real-IP %[src]",
            "http-request add-header X-Forwarded-For %[src]",
            "http-request add-header X-Forwarded-Host %[req.fhdr(host)]",
            "http-request add-header X-Forwarded-Port %[dst_port]",
            "http-request add-header X-Forwarded-Proto %[ssl_fc,iif(https,http)]",
        ] + upgrades
    }

    /// A service that was asked to go on in HTTP/2 would get requests that no rule has seen: HAProxy 2.6 hands the question on.
    /// What is asked for beside it stays.
    private var upgrades: [String] {
        let asksForHTTP2 = "{ req.hdr(upgrade) -m beg -i h2 }"
        return [
            "http-request del-header HTTP2-Settings",
            "http-request set-header Upgrade websocket if \(asksForHTTP2) { req.hdr(upgrade) -m str -i websocket }",
            "http-request del-header Upgrade if \(asksForHTTP2)",
        ]
    }

    /// Nothing is stripped, checked or noted for a route like this, nor is there anything in such a path or cookie.
    private var plain: [String] {
        [
            // For a second try a request is kept: 16 KB to copy, in vain where there is nobody else to ask.
            "http-request disable-l7-retry if { var(txn.route) -m beg 0|-| }",
            "http-request allow if { var(txn.route) -m beg 0|-| 0|r| } METH_GET { path -m beg / } "
                + "!{ path -m sub % // /. '\\' } { req.hdr_cnt(host) 1 } !{ req.fhdr(cookie) -m sub __Host-homie_ }",
        ]
    }

    // MARK: malformed requests

    var refusals: [String] {
        [
            "http-request deny deny_status 400 if !{ req.hdr_cnt(host) 1 }",
            "http-request deny deny_status 400 if { req.hdr_cnt(content-length) gt 1 }",
            // As a service may read it: decoded, with a slash at its end.
            "http-request set-var(txn.path) path,url_dec,concat(/)",
            // Dots and slashes in disguise could pass a route's rules and mean another path behind them.
            // The expression is asked only where there is a dot that it could mean.
            "http-request deny deny_status 400 if { var(txn.path) -m sub /. '\\.' } "
                + "{ var(txn.path) -m reg '(^|[/\\\\])\\.\\.?([/\\\\;]|$)' }",
            "http-request deny deny_status 400 if { path -m sub %00 }",
            "http-request deny deny_status 400 if METH_CONNECT",
        ]
    }

    // MARK: the route

    var routing: [String] {
        let isUnknown = "if !{ var(txn.route) -m found }"
        return [
            // Several slashes are one.
            "http-request set-var(txn.path) var(txn.path),regsub(//+,/,g) if { var(txn.path) -m sub // }",
            "http-request set-var(txn.host) req.fhdr(host),host_only,lower",
            "http-request unset-var(txn.route)",
            "http-request set-var(txn.route) var(txn.host),concat(,txn.path),\(map)",
            "http-request set-var(txn.parent) var(txn.host),field(2,.,0) \(isUnknown)",
            "http-request set-var(txn.route) str(.),concat(,txn.parent),concat(,txn.path),\(map) \(isUnknown)",
            // A name of the Internet that leads here is an attacker's (DNS rebinding), and gets no path form.
            "http-request set-var(txn.route) str(*),concat(,txn.path),\(map) \(isUnknown) "
                + "{ var(txn.host) -m reg '\(Self.homeNames)' }",
        ]
    }

    /// Shows a page's script what the browser keeps from it; the API says itself what it takes.
    var tracingMethod: [String] {
        [
            Self.answer(405, "TRACE is not taken.") + " hdr Allow \"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\""
                + " if METH_TRACE !\(isAPI)"
        ]
    }

    /// Addresses, names without a dot, and those under domains that no public name server answers
    /// for (RFC 6761, 6762, 8375).
    static let homeNames =
        #"^([0-9.]+|\[?[0-9a-f:.]+\]?|[^.]+|.*\.(local|localhost|lan|home|internal|test|home\.arpa|fritz\.box))$"#

    /// IP addresses.
    static let addresses = #"^([0-9]+(\.[0-9]+){3}|\[?[0-9a-f:]*:[0-9a-f:.]*\]?)$"#

    // MARK: the device's API

    /// Conditions of which one holds for a name or address of the device's own.
    var ownHosts: [String] {
        [
            "{ var(txn.host) -m str \(settings.ownNames.joined(separator: " ")) }",
            "{ var(txn.host) -m reg '\(Self.addresses)' }",
        ]
    }

    /// Where HTTPS is served by the name that was asked for; nil for nowhere.
    private var origin: String? { settings.https.first.map { Self.origin("%[var(txn.host)]", $0.port) } }

    static func origin(_ host: String, _ port: UInt16) -> String { "https://\(host)" + (port == 443 ? "" : ":\(port)") }

    private var isAPI: String { "{ var(txn.api) -m bool }" }

    /// On the device's own names and addresses only: those of services keep all of their paths.
    private var api: [String] {
        // What the route says: segments to strip, flags, backend.
        let parts = routeParts()
        guard settings.apiSocket != nil else { return parts }
        let paths = ["{ path -m beg /api/v1/ }", "{ path -m str /healthz /readyz /metrics /sign-in /sign-out }"]
        var lines = ownHosts.flatMap { host in
            paths.map { "http-request set-var(txn.api) bool(true) if \($0) \(host)" }
        }
        // A session is handed over to services by pages under their own names.
        lines += [
            "http-request set-var(txn.api) bool(true) if { path -m str /.homie/begin /.homie/enter } "
                + "{ var(txn.route) -m found }",
            "http-request set-var(txn.api) bool(true) if { path -m str /.homie/begin } "
                + "{ var(txn.host) -m reg '\(Self.homeNames)' }",
        ]
        guard let origin else {
            return lines + [Self.answer(403, "The API is served over HTTPS only.") + " if \(isAPI)"] + parts
        }
        lines += [
            "http-request redirect code 308 location \(origin)%[capture.req.uri] "
                + "if \(isAPI) !{ ssl_fc } { method GET HEAD }",
            // What was sent in the clear is known to others, and must not work by accident.
            Self.answer(403, "The API is served over HTTPS only.") + " if \(isAPI) !{ ssl_fc }",
            "http-request set-var(txn.route) str(0|-|homie-api) if \(isAPI)",
        ]
        return lines + parts
    }

    func routeParts(_ condition: String = "") -> [String] {
        ["strip", "flags"].enumerated().map {
            "http-request set-var(txn.\($1)) var(txn.route),field(\($0 + 1),|)\(condition)"
        }
    }

    /// Another version than that of the route, where something picks one.
    var version: [String] {
        guard let picks else { return [] }
        return VersionPicks.lines(picks, map: map) + routeParts(" if \(VersionPicks.isPicked)")
    }

    private var apiBackend: [String] {
        guard let socket = settings.apiSocket else { return [] }
        // A body that trickles in is waited for here, where waiting costs little.
        let away = HAProxyConfiguration.problem(
            503,
            "unhealthy",
            "What was started is not healthy",
            "homied does not answer"
        )
        return ["", "backend homie-api", away, "    option http-buffer-request", "    server homied unix@\(socket)"]
    }

    /// A service may not say who is signed in: cookies know no ports, and some browsers take one without a name for the name in
    /// its value. What is kept in a cache and what HAProxy answers itself comes by here, too.
    var foreignCookies: [String] {
        [
            #"http-after-response replace-header Set-Cookie '^[\s=]*__Host-homie_.*' 'homie_refused=; Max-Age=0' "#
                + "unless \(isAPI)"
        ]
    }

    private static let withoutOurCookies = "regsub('(^|; *)__Host-homie_[a-z]+=[^;]*',,g),regsub('^; *',)"

    // MARK: who may

    /// Letters of routes that are not served in the clear: a session that was sent so is a session that was given away.
    private var encrypted: String { "{ var(txn.flags) -m sub \(settings.sessionKey == nil ? "t" : "t u o a") }" }

    private var encryption: [String] {
        guard let origin else { return [] }
        return ["http-request redirect code 308 location \(origin)%[capture.req.uri] if \(encrypted) !{ ssl_fc }"]
    }

    /// What shares a name with the API has a port of its own over TLS.
    private var otherOrigin: [String] {
        guard !settings.https.isEmpty else { return [] }
        guard let port = settings.pathForms.first?.port else {
            let words = "Without a name of its own this service is reached over plain HTTP only."
            return [Self.answer(404, words) + " if \(Self.isShared) { ssl_fc }"]
        }
        let redirect =
            "http-request redirect code 308 location \(Self.origin("%[var(txn.host)]", port))%[capture.req.uri]"
        return [
            "\(redirect) if \(Self.isShared) { ssl_fc }", "\(redirect) if \(Self.isShared) \(encrypted) !{ ssl_fc }",
        ]
    }

    /// - Parameter redirect: shows browsers where to sign in, under the condition it is given.
    func access(_ redirect: (String) -> [String]) -> [String] {
        let wantsSignIn = "{ var(txn.flags) -m sub u o a }"
        guard let key = settings.sessionKey else {
            return [Self.answer(403, "Sign-in is not set up on this device.") + " if \(wantsSignIn)"]
        }
        let signedIn = "{ var(txn.session) -m int 1 }"
        // A key's name may begin with '-', which would be an option of the condition.
        let keyName = settings.sessionKeyName.map { " { var(txn.kid) -m str -- \($0) }" } ?? ""
        return [
            "http-request set-var(txn.token) req.cook(__Host-homie_session) if \(wantsSignIn)",
            "http-request set-var(txn.token) http_auth_bearer if \(wantsSignIn) !{ var(txn.token) -m found }",
            "http-request set-var(txn.kid) var(txn.token),jwt_header_query('$.kid') if \(wantsSignIn)",
            "http-request set-var(txn.iss) var(txn.token),jwt_payload_query('$.iss') if \(wantsSignIn)",
            "http-request set-var(txn.alg) var(txn.token),jwt_header_query('$.alg') if \(wantsSignIn)",
            "http-request set-var(txn.typ) var(txn.token),jwt_header_query('$.typ') if \(wantsSignIn)",
            "http-request set-var(txn.aud) var(txn.token),jwt_payload_query('$.aud') if \(wantsSignIn)",
            "http-request set-var(txn.role) var(txn.token),jwt_payload_query('$.role') if \(wantsSignIn)",
            "http-request set-var(txn.user) var(txn.token),jwt_payload_query('$.sub') if \(wantsSignIn)",
            "http-request set-var(txn.exp) var(txn.token),jwt_payload_query('$.exp','int') if \(wantsSignIn)",
            "http-request set-var(txn.sid) var(txn.token),jwt_payload_query('$.sid') if \(wantsSignIn)",
            "http-request set-var(txn.now) date if \(wantsSignIn)",
            "http-request set-var(txn.session) var(txn.token),jwt_verify(\"ES256\",\"\(key)\") if \(wantsSignIn) "
                + "{ var(txn.alg) -m str ES256 } { var(txn.typ) -m str at+jwt } { var(txn.iss) -m str homie }\(keyName) "
                + "{ var(txn.aud) -m str \(settings.sessionAudience) } { var(txn.exp),sub(txn.now) -m int gt 0 } "
                + "{ var(txn.sid) -m found } !{ var(txn.sid),map(\(settings.paths.endedSessions)) -m found }",
        ] + redirect("\(wantsSignIn) !\(signedIn)") + [
            Self.answer(401, "Sign in first.") + " if \(wantsSignIn) !\(signedIn)",
            Self.answer(403, "Your role may not do this.") + " if { var(txn.flags) -m sub a } "
                + "!{ var(txn.role) -m str admin }",
            Self.answer(403, "Your role may not do this.") + " if { var(txn.flags) -m sub o } "
                + "!{ var(txn.role) -m str operator admin }",
        ] + OpenStreams.lines(if: wantsSignIn) + [
            "http-request set-header X-Homie-User %[var(txn.user)] if \(wantsSignIn)",
            "http-request set-header X-Homie-Role %[var(txn.role)] if \(wantsSignIn)",
        ]
    }

    static let wantsPage = "METH_GET { req.hdr(accept) -m sub text/html }"

    /// Browsers that want a page are shown where to sign in; programs get 401.
    private func signInRedirect(_ condition: String) -> [String] {
        guard settings.apiSocket != nil, !settings.https.isEmpty else { return [] }
        return [
            "http-request redirect code 303 location /.homie/begin?next=%[pathq,url_enc] "
                + "if \(Self.wantsPage) \(condition)"
        ]
    }

    // MARK: to the service

    /// Who signs in to the device does not hand its session to the services on it.
    ///
    /// The whole field is asked for: `req.hdr` takes it for a list, and is what stands behind its last comma.
    var cookies: [String] {
        [
            "http-request del-header Authorization if { var(txn.session) -m int 1 } "
                + "!{ req.cook(__Host-homie_session) -m found }",
            "http-request set-header Cookie \"%[req.fhdr(cookie),\(Self.withoutOurCookies)]\" "
                + "if { req.fhdr(cookie) -m sub __Host-homie_ } !\(isAPI)",
            "http-request del-header Cookie if { req.fhdr(cookie) -m found } { req.fhdr(cookie) -m len 0 }",
        ]
    }

    var prefixes: [String] {
        var lines = [
            // Relative links of a page at '/web' would miss; with a query nobody can tell what was meant.
            "http-request redirect code 308 location %[path]/ if METH_GET { var(txn.strip) -m str 1 } "
                + "{ path -m reg '^/[^/]+$' } !{ query -m reg . }"
        ]
        for depth in 1...RoutePath.maximumDepth {
            let condition = "if { var(txn.strip) -m str \(depth) }"
            let segments = String(repeating: "/+[^/]+", count: depth)
            lines += [
                "http-request set-header X-Forwarded-Prefix /%[path,field(2,/,\(depth))] \(condition)",
                "http-request replace-path '^\(segments)/*(.*)' '/\\1' \(condition)",
            ]
        }
        return lines
    }

    var ending: [String] {
        [
            // What is not safe to send twice is not sent again (RFC 9110, section 9.2.2).
            "http-request disable-l7-retry if !{ method GET HEAD OPTIONS }",
            "use_backend %[var(txn.route),field(3,|)]",
            "default_backend nowhere",
        ]
    }
}
