internal import HomieModel

/// HAProxy's configuration file, rendered from settings, layout and servers: the same text for the same input.
///
/// Checked against HAProxy 2.6 and 3.0 (Configuration Manual).
struct HAProxyConfiguration: Sendable {
    let settings: GatewaySettings
    let layout: GatewayLayout
    /// By backend, in the order they are written.
    let servers: [String: [ServerLine]]

    /// Names everything that cannot change at run time; a running process carries it as its description.
    var identity: String {
        shortDigest(of: (global(identity: "") + frontend + backends(withServers: false)).joined(separator: "\n"))
    }

    var text: String {
        let lines =
            ["# Written by homied after every change; what is edited here is lost."]
            + global(identity: identity) + RequestNotes.ring + defaults + caches + frontend
            + backends(withServers: true)
        return lines.joined(separator: "\n") + "\n"
    }

    private func global(identity: String) -> [String] {
        var lines = [
            "",
            "global",
            "    description homie-\(identity)",
            "    stats socket \(settings.paths.runtimeSocket) mode 600 level admin expose-fd listeners",
            "    stats timeout 1m",
            "    maxconn \(settings.maximumConnections)",
            "    hard-stop-after \(BackendRules.milliseconds(settings.drainTime))",
            "    tune.bufsize 16384",
            "    tune.maxrewrite 1024",
            "    tune.http.maxhdr 101",
            "    tune.h2.max-concurrent-streams 100",
            "    ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets",
            "    ssl-default-bind-ciphers ECDHE+AESGCM:ECDHE+CHACHA20",
            "    ssl-default-bind-ciphersuites "
                + "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256",
        ]
        if let account = settings.account { lines += ["    user \(account)", "    group \(account)"] }
        return lines
    }

    private var defaults: [String] {
        [
            "",
            "defaults",
            "    mode http",
            "    option idle-close-on-response",
            "    option http-restrict-req-hdr-names delete",
            "    option redispatch",
            "    option dontlognull",
            "    retries 3",
            "    retry-on conn-failure empty-response",
            "    timeout connect 3s",
            "    timeout client 60s",
            "    timeout client-fin 10s",
            "    timeout server 5m",
            "    timeout tunnel 1h",
            "    timeout queue 10s",
            "    timeout http-request 10s",
            "    timeout http-keep-alive 60s",
            "    http-error status 503 content-type \"text/plain; charset=utf-8\" "
                + "string \"No healthy replica answers.\\n\"",
        ] + [
            Self.problem(400, "usage", "The request is wrong", "this is no request the gateway understands"),
            Self.problem(408, "usage", "The request is wrong", "the request came too slowly"),
        ]
    }

    /// HAProxy's own refusals as problem documents (RFC 9457): who sent nonsense may well have meant the API.
    static func problem(_ status: Int, _ kind: String, _ title: String, _ detail: String) -> String {
        let document =
            #"{"detail":"\#(detail)","kind":"\#(kind)","status":\#(status),"title":"\#(title)","#
            + #""type":"urn:homie:problem:\#(kind)"}"#
        return "    http-error status \(status) content-type application/problem+json string '\(document)'"
    }

    private var caches: [String] {
        let prefix = "http-request cache-use "
        let used = Set(
            layout.backends.flatMap(\.rules).filter { $0.hasPrefix(prefix) }.map { $0.dropFirst(prefix.count) }
        )
        let ages = used.compactMap { Int64($0.dropFirst("cache-".count)) }.sorted()
        return ages.flatMap { [""] + CacheSection.lines(CacheRule(maximumAge: .seconds(Double($0)))) }
    }

    private var frontend: [String] { FrontendRules(settings: settings, picks: layout.picks).lines }

    private func backends(withServers: Bool) -> [String] {
        layout.backends.flatMap { backend in
            ["", "backend \(backend.name)"] + backend.rules.map { "    \($0)" }
                + (withServers ? servers[backend.name] ?? [] : [])
                .map { "    server \($0.name) \($0.parameters) weight \($0.effectiveWeight)" }
        }
    }
}
