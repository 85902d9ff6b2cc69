/// A key whose text becomes a number or a flag when variables are filled in.
struct Cast: Sendable {
    enum Target: Sendable {
        case whole, real, flag

        func value(of text: String) -> ComposeNode.Value? {
            switch self {
            case .whole: return GoNumber.decimal(text).map { .int($0) }
            case .real: return GoNumber.float(text).map { .float($0) }
            case .flag: return Cast.flag(text).map { .bool($0) }
            }
        }

        var wanted: String {
            switch self {
            case .whole: "a whole number"
            case .real: "a number"
            case .flag: "true or false"
            }
        }

        var example: String {
            switch self {
            case .whole: "a whole number, e.g. 2"
            case .real: "a number, e.g. 0.5"
            case .flag: "true or false"
            }
        }
    }

    /// What is left of the keys to the value; `*` stands for any key.
    var pattern: ArraySlice<String>
    var target: Target

    init(_ target: Target, _ keys: String) {
        pattern = keys.split(separator: ".").map(String.init)[...]
        self.target = target
    }

    func descending(into key: String) -> Cast? {
        guard let first = pattern.first, first == "*" || first == key else { return nil }
        var next = self
        next.pattern = pattern.dropFirst()
        return next
    }

    /// `true`, `yes`, `on`, `y` and their opposites, in any case.
    static func flag(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "y", "yes", "on": true
        case "false", "n", "no", "off": false
        default: nil
        }
    }
}

extension Interpolator {
    static let casts: [Cast] =
        [
            "configs.[].mode", "cpu_count", "cpu_period", "cpu_quota", "cpu_rt_period", "cpu_rt_runtime", "cpu_shares",
            "deploy.replicas", "deploy.update_config.parallelism", "deploy.rollback_config.parallelism",
            "deploy.restart_policy.max_attempts", "deploy.placement.max_replicas_per_node", "healthcheck.retries",
            "oom_score_adj", "pids_limit", "ports.[].target", "scale", "secrets.[].mode", "ulimits.*",
            "ulimits.*.hard", "ulimits.*.soft",
        ].map { Cast(.whole, "services.*." + $0) }
        + [
            "cpu_percent", "cpus", "deploy.update_config.max_failure_ratio", "deploy.rollback_config.max_failure_ratio",
        ].map { Cast(.real, "services.*." + $0) }
        + [
            "init", "healthcheck.disable", "oom_kill_disable", "privileged", "read_only", "stdin_open", "tty",
            "volumes.[].read_only", "volumes.[].volume.nocopy",
        ].map { Cast(.flag, "services.*." + $0) }
        + [
            "networks.*.external", "networks.*.internal", "networks.*.attachable", "networks.*.enable_ipv4",
            "networks.*.enable_ipv6", "volumes.*.external", "secrets.*.external", "configs.*.external",
        ].map { Cast(.flag, $0) }
}
