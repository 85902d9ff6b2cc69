import HomieModel

/// Newer images of services, and the device's own system.
enum UpdateFamilies {
    static func families(of images: [ImageCheck]) -> [MetricFamily] {
        var newer = MetricFamily(
            "homie_image_update_available",
            .gauge,
            "Whether the registry has another image behind a service's tag than the one that runs."
        )
        var failed = MetricFamily(
            "homie_image_check_failed",
            .gauge,
            "Whether the last question to the registry had no answer."
        )
        var at = MetricFamily(
            "homie_image_check_timestamp_seconds",
            .gauge,
            "When the registry was asked last, in unixtime."
        )
        for image in images {
            let labels = [MetricFamily.Label("stack", image.stack.text), .init("service", image.service.text)]
            newer.add(image.isNewer ? 1 : 0, labels)
            failed.add(image.problem == nil ? 0 : 1, labels)
            at.add(image.checkedAt.unixSeconds, labels)
        }
        return [newer, failed, at].filter { !$0.samples.isEmpty }
    }

    static func families(of system: SystemStatus) -> [MetricFamily] {
        var release = MetricFamily("homie_system", .info, "The device's operating system.")
        release.add(
            1,
            [
                .init("version", system.version.map { "\($0)" } ?? ""), .init("slot", system.booted ?? ""),
                .init("compatible", system.compatible.map { "\($0)" } ?? ""),
            ]
        )
        var trial = MetricFamily("homie_system_on_trial", .gauge, "Whether the running system has yet to prove itself.")
        trial.add(system.isOnTrial ? 1 : 0)
        var pending = MetricFamily(
            "homie_system_update_pending",
            .gauge,
            "Whether a system is installed that was not judged yet."
        )
        pending.add(system.pending == nil ? 0 : 1)
        var locks = MetricFamily("homie_system_update_locks", .gauge, "How many services keep system updates away.")
        locks.add(Double(system.locks.count))
        var last = MetricFamily(
            "homie_system_update_timestamp_seconds",
            .gauge,
            "When a system update last ended in a way, in unixtime."
        )
        for outcome in UpdateRecord.Outcome.allCases {
            guard let record = system.history.last(where: { $0.outcome == outcome }) else { continue }
            last.add(record.at.unixSeconds, [.init("outcome", outcome.rawValue)])
        }
        return [release, trial, pending, locks, last].filter { !$0.samples.isEmpty }
    }
}

extension Timestamp {
    /// Seconds since 1970, as Prometheus has times.
    var unixSeconds: Double { Double(nanoseconds) / 1e9 }
}
