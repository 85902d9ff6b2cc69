/// How far a service is helped when it does not run as it should, as its file says; nil leaves Homie's default.
///
/// ```yaml
/// labels:
///   io.homie.heal: "off"         # or "on"
/// x-homie:
///   heal:                        # or on, off
///     restarts: 8
///     recreations: 2
///     rollback: true
///     quarantine: stop           # or leave: it goes on as it is
///     unhealthy: restart         # also without a restart policy; or report
///     memory: 2g                 # its limit may be raised up to this after it ran out of memory
///     cpus: 2                    # its limit may be raised up to this when it holds it back
/// ```
public struct HealingRules: Sendable, Hashable {
    /// False: nothing beyond the restart policy is done.
    public var isOn: Bool?
    /// Restarts before a fresh container.
    public var restarts: Int?
    /// Fresh containers before the last good revision.
    public var recreations: Int?
    public var rollsBack: Bool?
    public var quarantineStops: Bool?
    /// What a failing health check leads to: true restarts it even without a restart policy, false only tells.
    public var restartsWhenUnhealthy: Bool?
    /// Limits may be raised up to these.
    public var mostMemory: ByteCount?
    public var mostCPUs: Double?

    public init() {}

    /// - Parameters:
    ///   - homie: the service's `x-homie` block.
    ///   - labels: the service's labels.
    /// - Throws: ``HealthRuleError`` naming the first key that is wrong.
    public init(homie: JSONValue?, labels: [String: String]) throws(HealthRuleError) {
        if let word = labels["io.homie.heal"] {
            isOn = try Self.isOn(.string(word), at: ["labels", "io.homie.heal"])
        }
        guard let value = homie?["heal"] else { return }
        let place = ["x-homie", "heal"]
        guard value.objectValue != nil else {
            isOn = try Self.isOn(value, at: place)
            return
        }
        let block = try RuleBlock(
            value,
            at: place,
            known: ["restarts", "recreations", "rollback", "quarantine", "unhealthy", "memory", "cpus"]
        )
        restarts = try block.integer("restarts", in: 0...100)
        recreations = try block.integer("recreations", in: 0...20)
        rollsBack = try block.flag("rollback")
        quarantineStops = try block.choice("quarantine", ["stop", "leave"]).map { $0 == "stop" }
        restartsWhenUnhealthy = try block.choice("unhealthy", ["restart", "report"]).map { $0 == "restart" }
        mostMemory = try block.bytes("memory")
        mostCPUs = try block.number("cpus", in: 0.01...1024)
    }

    private static func isOn(_ value: JSONValue, at keys: [String]) throws(HealthRuleError) -> Bool {
        switch value {
        case .bool(let flag): return flag
        case .string("on"), .string("true"): return true
        case .string("off"), .string("false"): return false
        default: throw HealthRuleError(keys: keys, problem: "is neither on nor off", hint: "write 'on' or 'off'")
        }
    }
}
