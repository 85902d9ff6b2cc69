import HomieModel
public import HomiePlanning
import Logging

extension Supervisor {
    /// Less of a window than this says too little about it.
    private static let leastCoverage = 0.8
    /// So many figures are kept in the history; the others are judged by the memory alone. With 50 services' own series they
    /// take less than the 30 MB that a year of it may.
    public static let mostFigures = 120

    /// Begins to look at the figures of services that are to be judged by them.
    func checkBusiness(_ name: StackName) {
        guard let state = stacks[name], prober != nil || measurements != nil else { return }
        for (service, definition) in state.revision.definition.services where !definition.businessChecks.isEmpty {
            let place = Clinic.ServicePlace(stack: name, service: service)
            guard clinic.businessPlaces.insert(place).inserted else { continue }
            Task { await self.keepLooking(at: place) }
        }
    }

    /// The services' own figures as they were seen last, for the history.
    public func figures() -> [MeasurementBook.Reading] {
        let oldest = clocks.uptime().nanoseconds - 4 * settings.figures.nanoseconds
        clinic.figures = clinic.figures.filter { $0.value.at.nanoseconds >= oldest }
        return clinic.figures.sorted { $0.key < $1.key }.prefix(Self.mostFigures).map { series, figure in
            MeasurementBook.Reading(series, figure.isOfCounter ? .counter : .gauge, figure.value)
        }
    }

    private func keepLooking(at place: Clinic.ServicePlace) async {
        var histories: [BusinessCheck: BusinessHistory] = [:]
        let since = clocks.uptime()
        while true {
            do { try await Task.sleep(for: settings.figures.duration) } catch { break }
            let checks = stacks[place.stack]?.revision.definition.services[place.service]?.businessChecks ?? []
            guard !checks.isEmpty else { break }
            histories = histories.filter { checks.contains($0.key) }
            // What does not run is told of by others; its counters begin anew anyway.
            let running = mirror.containers(of: place.stack).filter {
                $0.service == place.service && $0.state == .running && !$0.isOneOff
            }
            guard !running.isEmpty else {
                histories = [:]
                tell(nil, of: place)
                continue
            }
            var failure: String?
            for check in checks {
                let found = await self.failure(
                    of: check,
                    running,
                    &histories[check, default: BusinessHistory()],
                    place,
                    since
                )
                failure = failure ?? found
            }
            tell(failure, of: place)
        }
        clinic.businessPlaces.remove(place)
        clinic.businessFailures[place] = nil
    }

    private func tell(_ failure: String?, of place: Clinic.ServicePlace) {
        guard clinic.businessFailures[place] != failure else { return }
        clinic.businessFailures[place] = failure
        reviewSoon([place.stack])
    }

    /// Why a check fails, as a clause; nil while it holds or too little is known.
    private func failure(
        of check: BusinessCheck,
        _ running: [ObservedContainer],
        _ history: inout BusinessHistory,
        _ place: Clinic.ServicePlace,
        _ since: TimeSpan
    ) async -> String? {
        switch check.source {
        case .page(let port, let path):
            guard let value = await sum(of: check, port, path, running) else {
                return "its metric '\(check.metric)' cannot be read at port \(port)\(path)"
            }
            history.note(value, at: clocks.uptime(), check)
            let series = check.series(stack: place.stack, service: place.service)
            keep(value, of: check, as: series.description)
            // After a restart of the daemon the past knows what the memory does not yet.
            guard let judged = history.value(check) else { return await past(check, [series]) }
            return check.failure(at: judged)
        case .history:
            let own = check.series(stack: place.stack, service: place.service)
            if let failure = await past(check, [own, check.writtenSeries]) { return failure }
            let age = clocks.uptime().nanoseconds - since.nanoseconds
            guard age > 600_000_000_000, await isUnknown([own, check.writtenSeries]) else { return nil }
            return "'\(check.text)' cannot be judged: nothing is measured that is called '\(check.metric)'"
        }
    }

    private func keep(_ value: Double, of check: BusinessCheck, as series: String) {
        let isOfCounter = check.isOfCounter || clinic.figures[series]?.isOfCounter == true
        clinic.figures[series] = Clinic.Figure(value: value, isOfCounter: isOfCounter, at: clocks.uptime())
    }

    /// What the measured past says, by the first of the series of which something is known.
    private func past(_ check: BusinessCheck, _ series: [SeriesName]) async -> String? {
        guard let measurements else { return nil }
        let (function, window): (MeasurementFunction, TimeSpan) =
            switch check.measure {
            case .newest: (.mean, .seconds(60))
            case .over(let function): (function, check.window)
            }
        for name in series {
            do {
                let found = try await measurements.summary(of: SeriesSelector(name), function, over: window)
                guard let found else { continue }
                return found.coverage >= Self.leastCoverage ? check.failure(at: found.value) : nil
            } catch {
                logger.debug("the past cannot be asked", metadata: ["check": "\(check.text)", "error": "\(error)"])
                return nil
            }
        }
        return nil
    }

    private func isUnknown(_ series: [SeriesName]) async -> Bool {
        guard let measurements else { return false }
        do {
            for name in series {
                // An hour is in memory.
                let found = try await measurements.summary(of: SeriesSelector(name), .mean, over: .seconds(3600))
                if found != nil { return false }
            }
            return true
        } catch {
            return false
        }
    }

    /// Over all replicas; nil when none of them shows the metric.
    private func sum(
        of check: BusinessCheck,
        _ port: UInt16,
        _ path: String,
        _ containers: [ObservedContainer]
    ) async -> Double? {
        guard let prober else { return nil }
        var sum: Double?
        for container in containers {
            guard let address = address(of: container) else { continue }
            let text = await checkLimit.run {
                await prober.page(port: port, path: path, at: address, timeout: .seconds(10))
            }
            guard let text, let value = MetricText.sum(of: check.metric, labels: check.labels, in: text) else {
                continue
            }
            sum = (sum ?? 0) + value
        }
        return sum
    }
}
