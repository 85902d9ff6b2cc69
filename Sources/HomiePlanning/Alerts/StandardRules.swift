public import HomieModel

extension AlertRule {
    /// What is watched when nobody says otherwise. A rule of the same name takes its place.
    public static let standard: [AlertRule] = [
        rule(
            "engine-unreachable",
            .critical,
            .event(.init(kinds: ["engine.disconnected"], clearedBy: ["engine.connected"], lasts: .seconds(7 * 86_400))),
            holds: 30,
            isRoot: true
        ),
        rule("service-unhealthy", .critical, .health(.init(phases: [.unhealthy])), holds: 60, lingers: 60),
        rule("service-failed", .critical, .health(.init(phases: [.failed])), holds: 60, lingers: 60),
        rule(
            "deployment-failed",
            .warning,
            .event(.init(kinds: ["deployment.failed"], clearedBy: ["deployment.succeeded"], lasts: .seconds(86_400)))
        ),
        rule("state-damaged", .critical, .event(.init(kinds: ["state.damaged"], lasts: .seconds(3600)))),
        rule(
            "issue",
            .warning,
            .event(
                .init(
                    kinds: ["issue.opened"],
                    clearedBy: ["issue.closed", "issue.resolved"],
                    lasts: .seconds(7 * 86_400)
                )
            ),
            // After a start of the daemon some checks have yet to see what they saw before.
            lingers: 300
        ),
        rule(
            "disk-filling",
            .warning,
            .metric(.init(series: selector("homie_host_filesystem_used_ratio"), above: 0.85, clears: 0.8)),
            holds: 300
        ),
        rule(
            "disk-full",
            .critical,
            .metric(.init(series: selector("homie_host_filesystem_used_ratio"), above: 0.95, clears: 0.9)),
            holds: 60
        ),
        rule(
            "inodes-filling",
            .warning,
            .metric(.init(series: selector("homie_host_inodes_used_ratio"), above: 0.9, clears: 0.85)),
            holds: 300
        ),
        rule(
            "memory-full",
            .warning,
            .metric(.init(series: selector("homie_host_memory_used_ratio"), above: 0.95, clears: 0.9)),
            holds: 300
        ),
        rule(
            "too-hot",
            .warning,
            .metric(.init(series: selector("node_thermal_zone_temp"), above: 80, clears: 75)),
            holds: 120
        ),
    ].compactMap { $0 }

    private static func selector(_ metric: String) -> SeriesSelector { SeriesSelector(SeriesName(metric)) }

    private static func rule(
        _ name: String,
        _ severity: Severity,
        _ condition: AlertCondition,
        holds: Double = 0,
        lingers: Double = 0,
        isRoot: Bool = false
    ) -> AlertRule? {
        guard let name = try? AlertName(parsing: name) else { return nil }
        return AlertRule(
            name: name,
            severity: severity,
            condition: condition,
            holds: .seconds(holds),
            lingers: .seconds(lingers),
            isRoot: isRoot
        )
    }
}
