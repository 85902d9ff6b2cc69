import HomieModel

/// The checks of one service.
struct ServiceCheck {
    let name: String
    let service: JSONValue
    let node: ComposeNode?
    let project: Consistency

    /// More than any machine has, and few enough to be counted in billionths.
    private static let mostProcessors = 1_000_000.0

    /// Reports each contradiction: the keys below the service, a sentence, a remedy.
    typealias Report = (_ keys: [String], _ sentence: String, _ remedy: @autoclosure () -> String?) -> Void

    func run(_ report: Report) {
        checkImage(report)
        checkNetworks(report)
        checkDependencies(report)
        checkStorage(report)
        checkLimits(report)
        checkHealing(report)
        if let first = service["healthcheck"]?["test"]?.arrayValue?.first?.stringValue,
            !["CMD", "CMD-SHELL", "NONE"].contains(first)
        {
            report(["healthcheck", "test"], "must start with CMD, CMD-SHELL or NONE", "write [CMD, …] or one text")
        }
        for watch in service["develop"]?["watch"]?.arrayValue ?? [] where watch["target"] == nil {
            if let action = watch["action"]?.stringValue, action != "rebuild", action != "restart" {
                report(["develop", "watch"], "'\(action)' needs a 'target'", nil)
            }
        }
    }

    private func suggestion(_ name: String, _ names: some Sequence<String>) -> String? {
        Similarity.closest(to: name, among: names).map { "did you mean '\($0)'?" }
    }

    private func checkImage(_ report: Report) {
        guard let build = service["build"] else {
            if service["image"] == nil { report([], "has neither 'image' nor 'build'", "name an image") }
            return
        }
        if build["dockerfile"] != nil, build["dockerfile_inline"] != nil {
            report(["build"], "'dockerfile' and 'dockerfile_inline' exclude each other", "keep one of them")
        }
        for (key, context) in build["additional_contexts"]?.objectValue ?? [:] {
            guard let text = context.stringValue, text.hasPrefix("service:") else { continue }
            let other = String(text.dropFirst("service:".count))
            if project.services[other]?["build"] == nil {
                report(["build"], "the context '\(key)' is no service that is built: '\(other)'", nil)
            }
        }
        if let platforms = build["platforms"]?.arrayValue, let platform = service["platform"],
            !platforms.contains(platform)
        {
            report(["build"], "'platforms' must contain the service's own platform", nil)
        }
    }

    private func checkNetworks(_ report: Report) {
        let mode = service["network_mode"]?.stringValue
        let networks = service["networks"]?.objectValue ?? [:]
        if mode != nil, !networks.isEmpty {
            report(["network_mode"], "'network_mode' and 'networks' exclude each other", "remove one of them")
        }
        let known = project.resources["networks"] ?? [:]
        for network in networks.keys.sorted() where known[network] == nil {
            report(
                ["networks"],
                "the network '\(network)' is not defined",
                suggestion(network, known.keys) ?? "add '\(network):' under 'networks:'"
            )
        }
        if let mode, mode.hasPrefix("service:") {
            let other = String(mode.dropFirst("service:".count))
            if project.services[other] == nil {
                report(["network_mode"], "there is no service '\(other)'", suggestion(other, project.services.keys))
            }
        }
    }

    private func checkDependencies(_ report: Report) {
        for (other, dependency) in (service["depends_on"]?.objectValue ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard project.services[other] == nil else { continue }
            if project.isSelection, dependency["required"] != true { continue }
            if let profiles = project.disabled[other]?["profiles"]?.arrayValue {
                guard dependency["required"] == true else { continue }
                let names = profiles.compactMap(\.stringValue).joined(separator: ", ")
                report(
                    ["depends_on"],
                    "depends on '\(other)', which is in a profile that is not enabled",
                    "enable the profile \(names), or write 'required: false'"
                )
            } else {
                report(
                    ["depends_on"],
                    "depends on '\(other)', which is not defined",
                    suggestion(other, project.services.keys)
                )
            }
        }
    }

    private func checkStorage(_ report: Report) {
        let volumes = project.resources["volumes"] ?? [:]
        for mount in service["volumes"]?.arrayValue ?? [] where mount["type"]?.stringValue == "volume" {
            guard let source = mount["source"]?.stringValue, volumes[source] == nil else { continue }
            report(
                ["volumes"],
                "the volume '\(source)' is not defined",
                suggestion(source, volumes.keys)
                    ?? "add '\(source):' under 'volumes:', or write './\(source)' for a directory"
            )
        }
        func checkGrants(_ grants: JSONValue?, _ section: String, _ key: String) {
            let known = project.resources[section] ?? [:]
            for grant in grants?.arrayValue ?? [] {
                let source = grant["source"]?.stringValue ?? ""
                guard known[source] == nil else { continue }
                let kind = section == "configs" ? "config" : "secret"
                report(
                    [key],
                    "the \(kind) '\(source)' is not defined",
                    suggestion(source, known.keys) ?? "add '\(source):' under '\(section):'"
                )
            }
        }
        checkGrants(service["configs"], "configs", "configs")
        checkGrants(service["secrets"], "secrets", "secrets")
        checkGrants(service["build"]?["secrets"], "secrets", "build")
    }

    private func checkLimits(_ report: Report) {
        let deploy = service["deploy"]
        let limits = deploy?["resources"]?["limits"]
        let reservations = deploy?["resources"]?["reservations"]
        let scale = service["scale"]?.integerValue
        let replicas = deploy?["replicas"]?.integerValue
        if let scale, let replicas, scale != replicas {
            report(["scale"], "'scale' and 'deploy.replicas' differ", "keep one of them")
        }
        let pairs: [(key: String, block: JSONValue?, blockName: String, other: String)] = [
            ("cpus", limits, "limits", "cpus"), ("mem_limit", limits, "limits", "memory"),
            ("mem_reservation", reservations, "reservations", "memory"), ("pids_limit", limits, "limits", "pids"),
        ]
        for pair in pairs {
            guard let value = service[pair.key], let block = pair.block, block[pair.other] != value else { continue }
            report(
                [pair.key],
                "'\(pair.key)' and 'deploy.resources.\(pair.blockName).\(pair.other)' differ",
                "keep one of them"
            )
        }
        let counts = [(["cpus"], service["cpus"]), (["deploy", "resources", "limits", "cpus"], limits?["cpus"])]
        for (keys, count) in counts {
            // Compared so that what is not a number is out of range, too.
            guard let number = count?.numberValue, !(number.magnitude <= Self.mostProcessors) else { continue }
            report(keys, "is not a number of CPUs", "write how many it may use, e.g. 1.5")
        }
        if service["container_name"] != nil, scale ?? replicas ?? 1 > 1 {
            report(
                ["container_name"],
                "several containers cannot have one name",
                "remove 'container_name', or 'scale' and 'deploy.replicas'"
            )
        }
    }
}
