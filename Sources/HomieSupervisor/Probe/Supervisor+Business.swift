import HomieModel
import HomiePlanning

extension Supervisor {
    /// Metrics are looked at this often.
    private static let businessPause = TimeSpan.seconds(15)

    /// Begins to look at the figures of services that are to be judged by them.
    func checkBusiness(_ name: StackName) {
        guard let state = stacks[name], prober != nil else { return }
        for (service, definition) in state.revision.definition.services where !definition.businessChecks.isEmpty {
            let place = Clinic.ServicePlace(stack: name, service: service)
            guard clinic.businessPlaces.insert(place).inserted else { continue }
            Task { await self.keepLooking(at: place) }
        }
    }

    private func keepLooking(at place: Clinic.ServicePlace) async {
        var histories: [BusinessCheck: BusinessHistory] = [:]
        while true {
            do { try await Task.sleep(for: Self.businessPause.duration) } catch { break }
            let checks = stacks[place.stack]?.revision.definition.services[place.service]?.businessChecks ?? []
            guard !checks.isEmpty else { break }
            histories = histories.filter { checks.contains($0.key) }
            // What does not run is told of by others; its counters begin anew anyway.
            let running = mirror.containers(of: place.stack).filter {
                $0.service == place.service && $0.state == .running && !$0.isOneOff
            }
            guard !running.isEmpty else {
                histories = [:]
                clinic.businessFailures[place] = nil
                continue
            }
            var failure: String?
            for check in checks {
                guard let value = await sum(of: check, running) else {
                    failure =
                        failure ?? "its metric '\(check.metric)' cannot be read at port \(check.port)\(check.path)"
                    continue
                }
                histories[check, default: BusinessHistory()].note(value, at: clocks.uptime(), check)
                failure = failure ?? histories[check]?.failure(check)
            }
            if clinic.businessFailures[place] != failure {
                clinic.businessFailures[place] = failure
                reviewSoon([place.stack])
            }
        }
        clinic.businessPlaces.remove(place)
        clinic.businessFailures[place] = nil
    }

    /// Over all replicas; nil when none of them shows the metric.
    private func sum(of check: BusinessCheck, _ containers: [ObservedContainer]) async -> Double? {
        guard let prober else { return nil }
        var sum: Double?
        for container in containers {
            guard let address = address(of: container) else { continue }
            let text = await checkLimit.run {
                await prober.page(port: check.port, path: check.path, at: address, timeout: .seconds(10))
            }
            guard let text, let value = MetricText.sum(of: check.metric, labels: check.labels, in: text) else {
                continue
            }
            sum = (sum ?? 0) + value
        }
        return sum
    }
}
