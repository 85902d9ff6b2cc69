public import HomieModel

/// What `homie plan` shows of the gateway: the addresses that a deployment adds, moves and drops, and what it asks for in vain.
public enum RouteChanges {
    /// - Parameters:
    ///   - before: what is served now.
    ///   - after: what would be served.
    public static func changes(
        from before: RouteTable,
        to after: RouteTable,
        _ addressing: RouteAddressing
    ) -> [PlannedChange] {
        let old = targets(before, addressing)
        let new = targets(after, addressing)
        let oldNames = names(before, addressing)
        let newNames = names(after, addressing)
        var changes: [PlannedChange] = []
        for url in Set(old.keys).union(new.keys).sorted() {
            func change(_ action: String, _ reason: String) {
                changes.append(PlannedChange(action: action, object: "address", name: url, reason: reason))
            }
            switch (old[url], new[url]) {
            case (nil, let target?):
                let isNew = newNames.contains(target.host) && !oldNames.contains(target.host)
                change("add", "it leads to '\(target.name)'" + (isNew ? "; its name is published (mDNS)" : ""))
            case (let target?, nil):
                let isLost = oldNames.contains(target.host) && !newNames.contains(target.host)
                let lost = isLost ? "; its name is no longer published (mDNS)" : ""
                change("drop", "it no longer leads to '\(target.name)'" + lost)
            case (let former?, let target?) where former.name != target.name:
                change("move", "it leads to '\(target.name)', no longer to '\(former.name)'")
            case (_?, _?), (nil, nil): break
            }
        }
        for problem in after.problems where !before.problems.contains(problem) {
            let service = [problem.stack?.text, problem.service?.text].compactMap { $0 }.joined(separator: "/")
            let name = problem.name?.text ?? service
            changes.append(PlannedChange(action: "skip", object: "route", name: name, reason: problem.message))
        }
        return changes
    }

    private struct Target {
        var name: String
        var host: String
    }

    /// Where each address leads.
    private static func targets(_ table: RouteTable, _ addressing: RouteAddressing) -> [String: Target] {
        var targets: [String: Target] = [:]
        for planned in table.routes {
            let service = planned.version?.service ?? planned.key.service
            let owner = planned.key.stack.flatMap { stack in service.map { "\(stack)/\($0)" } }
            let name = owner ?? planned.endpoints.first.map { "\($0.address):\($0.port)" } ?? planned.key.description
            for (url, host) in addressing.bestURLs(of: planned) {
                // The first route by key keeps an address that two want.
                if targets[url] == nil { targets[url] = Target(name: name, host: host) }
            }
        }
        return targets
    }

    /// The names that are told to the network.
    private static func names(_ table: RouteTable, _ addressing: RouteAddressing) -> Set<String> {
        guard addressing.publishesNames else { return [] }
        return Set(table.routes.flatMap(addressing.hosts).filter(RouteAddressing.isLocal))
    }
}
