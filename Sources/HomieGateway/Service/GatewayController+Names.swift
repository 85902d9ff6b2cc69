public import HomieModel

/// The names under `.local` that lead here, which somebody else publishes.
extension GatewayController {
    /// The names that are to be published, as soon as they are known, then all others they become.
    public func localNames() -> AsyncStream<[String]> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            nameReader?.finish()
            nameReader = continuation
            if table != nil { continuation.yield(namesToPublish) }
        }
    }

    func announceNames() {
        let names = namesToPublish
        guard names != announced else { return }
        announced = names
        nameReader?.yield(names)
    }

    /// - Parameter report: how publishing stands from now on.
    public func take(_ report: NameReport) { nameReport = report }

    /// Sorted; the device's own name is one of them.
    var namesToPublish: [String] {
        var names: Set<String> = [settings.domain.text]
        for planned in table?.routes ?? [] {
            names.formUnion(hosts(of: planned))
        }
        return names.filter(RouteAddressing.isLocal).sorted()
    }

    func hosts(of planned: PlannedRoute) -> [String] { addressing().hosts(of: planned) }

    /// The names of a route that are, or should be, published.
    func published(_ planned: PlannedRoute) -> [PublishedName] {
        let hosts = Set(hosts(of: planned))
        return (nameReport?.names ?? []).filter { hosts.contains($0.name) }
    }

    /// For `homie doctor`.
    var nameFindings: [Finding] {
        guard let report = nameReport, !report.names.isEmpty else { return [] }
        if let absence = report.absence {
            return [
                Finding(
                    check: "mdns",
                    level: .warning,
                    message: "names under .local are not published (\(absence)); others find services by path only",
                    remedy: "apt-get install avahi-daemon"
                )
            ]
        }
        let troubles = report.names.filter { $0.state == .taken || $0.state == .failed }
        guard !troubles.isEmpty else {
            let count = report.names.count { $0.state == .published }
            let message = "\(count) of \(report.names.count) names under .local are published"
            return [Finding(check: "mdns", level: .ok, message: message)]
        }
        return troubles.map { name in
            Finding(
                check: "mdns",
                level: .warning,
                message: "'\(name.name)' is not published: \(name.problem ?? "Avahi does not say why")",
                remedy: name.state == .taken ? "avahi-resolve -n \(name.name)" : "journalctl -u avahi-daemon"
            )
        }
    }
}
