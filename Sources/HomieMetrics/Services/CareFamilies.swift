import HomieModel

/// What checks of services saw, and what is wrong.
enum CareFamilies {
    static func families(of replicas: [ServiceHealth]) -> [MetricFamily] {
        var healthy = MetricFamily(
            "homie_check_healthy",
            .gauge,
            "Whether a replica passes its check, Homie's own or the engine's."
        )
        var failures = MetricFamily(
            "homie_check_failures",
            .gauge,
            "Failures of a replica's check since its last success."
        )
        var latency = MetricFamily("homie_check_latency_seconds", .gauge, "How long the last check of a replica took.")
        var certificate = MetricFamily(
            "homie_check_certificate_expiry_timestamp_seconds",
            .gauge,
            "When the certificate that a replica showed its check expires, in unixtime."
        )
        for replica in replicas where replica.check != nil {
            let labels = [
                MetricFamily.Label("stack", replica.stack.text), .init("service", replica.service.text),
                .init("replica", String(replica.replica)),
            ]
            healthy.add(replica.health == .healthy ? 1 : 0, labels)
            failures.add(Double(replica.failures), labels)
            if let took = replica.latencyMilliseconds { latency.add(took / 1000, labels) }
            if let expires = replica.certificateExpires { certificate.add(expires.unixSeconds, labels) }
        }
        return [healthy, failures, latency, certificate].filter { !$0.samples.isEmpty }
    }

    static func families(of issues: [DeviceIssue.Severity: Int]) -> [MetricFamily] {
        var open = MetricFamily("homie_issues", .gauge, "Open issues by severity.")
        for severity in DeviceIssue.Severity.allCases {
            open.add(Double(issues[severity] ?? 0), [.init("severity", severity.rawValue)])
        }
        return [open]
    }
}
