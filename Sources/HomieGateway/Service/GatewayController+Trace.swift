public import HomieModel

/// A request to the gateway itself, from where it runs.
public struct GatewayQuestion: Sendable, Hashable {
    public var url: String
    /// Where to connect to, whatever name the address has.
    public var host: String
    public var port: UInt16
    /// The certificate that the gateway's own ones are signed by.
    public var authority: String
}

extension GatewayController {
    public func trace(_ address: WebAddress, asks: Bool) async -> RouteTrace {
        let routes = table?.routes ?? []
        let found = RouteLookup(routes, settings: settings).find(address)
        var steps = found.steps
        var status: RouteStatus?
        if let hit = found.hit, let planned = routes.first(where: { $0.key.description == hit.route }) {
            let shown = self.status(of: planned)
            steps += Self.words(on: hit, planned, shown, address, settings)
            status = shown
        }
        var trace = RouteTrace(url: address.description, outcome: found.outcome, route: status, steps: steps)
        if asks { trace.answer = await answer(to: address) }
        return trace
    }

    /// Whether a route takes requests for a host by its name.
    public func serves(_ host: String) -> Bool {
        let entries = RouteLookup(table?.routes ?? [], settings: settings).entries
        let parent = host.split(separator: ".").dropFirst().joined(separator: ".")
        return entries.keys.contains { $0.hasPrefix("\(host)/") || $0.hasPrefix(".\(parent)/") && !parent.isEmpty }
    }

    private static func words(
        on hit: RouteLookup.Hit,
        _ planned: PlannedRoute,
        _ status: RouteStatus,
        _ address: WebAddress,
        _ settings: GatewaySettings
    ) -> [String] {
        var words: [String] = []
        if address.isEncrypted, hit.isShared, !RouteLookup.isAtPathPort(address, settings) {
            let port = settings.pathForms.first.map { "the client is sent to port \($0.port)" } ?? "it is not served"
            words.append("over HTTPS \(port): it shares its name with the API, and must not share its origin")
        }
        if !address.isEncrypted, !settings.https.isEmpty, hit.flags.contains(where: { "tuoa".contains($0) }) {
            words.append("over plain HTTP the client is sent to https")
        }
        switch planned.route.access {
        case .anyone: break
        case .user: words.append("only who is signed in may use it")
        case .operator, .admin: words.append("only who has the role '\(planned.route.access.rawValue)' may use it")
        }
        if hit.strip > 0 {
            let rest = address.path.split(separator: "/").dropFirst(hit.strip).joined(separator: "/")
            words.append("the service sees the path '/\(rest)'")
        }
        words += planned.route.versions.filter(\.isPicked).map(Self.words(on:))
        let serving = status.replicas.count { $0.state == .serving }
        words.append("\(serving) of \(status.replicas.count) replicas serve it")
        if let problem = status.problem { words.append(problem) }
        return words
    }

    private static func words(on version: RouteVersion) -> String {
        var ways = version.marks.map { "with \($0.words)" }
        if version.weight > 0 { ways.append("of others \(version.weight) in a hundred") }
        return "its version '\(version.name)' takes requests \(ways.joined(separator: ", or "))"
    }

    private func answer(to address: WebAddress) async -> RouteTrace.Answer {
        let isPathPort = RouteLookup.isAtPathPort(address, settings)
        let listeners = isPathPort ? settings.pathForms : address.isEncrypted ? settings.https : settings.http
        guard let ask else { return RouteTrace.Answer(problem: "nobody can ask the gateway here") }
        guard let listener = listeners.first else {
            return RouteTrace.Answer(
                problem: "the gateway does not serve \(address.isEncrypted ? "HTTPS" : "plain HTTP")"
            )
        }
        var host = listener.address ?? "127.0.0.1"
        if host == "0.0.0.0" { host = "127.0.0.1" }
        if host == "::" { host = "::1" }
        let question = GatewayQuestion(
            url:
                "\(address.isEncrypted ? "https" : "http")://\(address.authority):\(listener.port)\(address.path)\(address.query)",
            host: host,
            port: listener.port,
            authority: settings.paths.authority + "/root.pem"
        )
        return await ask(question)
    }
}
