internal import HomieModel

/// Finds the route of a request as HAProxy does (``FrontendRules``), and says what it looked at: pure.
struct RouteLookup {
    /// The map's content; values name their route.
    let entries: [String: String]
    let settings: GatewaySettings

    struct Hit: Sendable, Hashable {
        var entry: String
        /// Segments that are taken off the path.
        var strip: Int
        var flags: String
        var route: String

        /// It shares a name with the API.
        var isShared: Bool { flags.contains("d") }
    }

    struct Finding: Sendable, Hashable {
        var outcome = RouteTrace.Outcome.nowhere
        var hit: Hit?
        var steps: [String] = []
    }

    init(_ routes: [PlannedRoute], settings: GatewaySettings) {
        var entries: [String: String] = [:]
        for planned in routes {
            let own = RouteMap.entries(of: planned, backend: planned.key.description, settings: settings)
            entries.merge(own) { first, _ in first }
        }
        self.entries = entries
        self.settings = settings
    }

    func find(_ address: WebAddress) -> Finding {
        var finding = Finding()
        let isPathPort = Self.isAtPathPort(address, settings)
        if !isPathPort, isAPI(address) {
            finding.outcome = .api
            finding.steps = ["'\(address.host)' is the device itself, and '\(address.path)' its API"]
            return finding
        }
        let path = Self.asRead(address.path)
        let parent = address.host.split(separator: ".", omittingEmptySubsequences: false).dropFirst()
            .joined(separator: ".")
        var places = [(address.host, "the name '\(address.host)'")]
        if !parent.isEmpty { places.append((".\(parent)", "names below '\(parent)'")) }
        let isHome = Self.isHomeName(address.host)
        if isHome { places.append(("*", "the path form, which every name of this network has")) }
        for (host, words) in places {
            guard let hit = longest(host + path) else {
                finding.steps.append("no route takes '\(address.path)' for \(words)")
                continue
            }
            guard !isPathPort || hit.isShared else {
                finding.steps.append(
                    "\(hit.route) takes it at the port for HTTPS; here are services by their paths only"
                )
                return finding
            }
            finding.outcome = .route
            finding.hit = hit
            finding.steps.append("\(hit.route) takes it: its entry '\(hit.entry)' is the longest for \(words)")
            return finding
        }
        if !isHome {
            finding.steps.append("'\(address.host)' is no name of this network, so it has no path form (DNS rebinding)")
        }
        return finding
    }

    /// Whether an address is at the port where services are by their paths over HTTPS.
    static func isAtPathPort(_ address: WebAddress, _ settings: GatewaySettings) -> Bool {
        address.isEncrypted && !settings.https.isEmpty && (address.port ?? 443) == settings.pathForms.first?.port
    }

    private func longest(_ place: String) -> Hit? {
        let found = entries.filter { place.hasPrefix($0.key) }.max { $0.key.utf8.count < $1.key.utf8.count }
        guard let found else { return nil }
        let parts = found.value.split(separator: "|", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        return Hit(
            entry: found.key,
            strip: Int(parts[0]) ?? 0,
            flags: String(parts[1]),
            route: String(parts[2])
        )
    }

    private func isAPI(_ address: WebAddress) -> Bool {
        guard settings.apiSocket != nil else { return false }
        let isPath = address.path.hasPrefix("/api/v1/") || ["/healthz", "/readyz", "/metrics"].contains(address.path)
        return isPath && (settings.ownNames.contains(address.host) || Self.fits(address.host, FrontendRules.addresses))
    }

    /// As a service may read it: decoded, with a slash at its end, and several slashes as one.
    private static func asRead(_ path: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array((path + "/").utf8)[...]
        while let byte = rest.popFirst() {
            let escape = rest.prefix(2)
            if byte == UInt8(ascii: "%"), escape.count == 2,
                let code = UInt8(String(decoding: escape, as: UTF8.self), radix: 16)
            {
                bytes.append(code)
                rest = rest.dropFirst(2)
            } else if byte != UInt8(ascii: "/") || bytes.last != byte {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A name that no public name server knows.
    static func isHomeName(_ host: String) -> Bool {
        fits(host.hasPrefix("*.") ? String(host.dropFirst(2)) : host, FrontendRules.homeNames)
    }

    private static func fits(_ text: String, _ pattern: String) -> Bool {
        guard let expression = try? Regex(pattern) else { return false }
        return (try? expression.wholeMatch(in: text)) != nil
    }
}
