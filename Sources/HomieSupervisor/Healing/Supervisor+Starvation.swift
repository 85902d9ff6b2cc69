import HomieModel
import HomiePlanning

extension Supervisor {
    /// Has the checks look at what services used, and limits raised where files allow it.
    public func attach(measurements: any MeasurementInspection) { self.measurements = measurements }

    /// What services used in the last hour; asked for every five minutes.
    func askUsage(_ now: TimeSpan) async {
        guard let measurements else { return }
        if let last = clinic.usageAskedAt, now.nanoseconds - last.nanoseconds < 300_000_000_000 { return }
        clinic.usageAskedAt = now
        func values(_ metric: String, _ function: MeasurementFunction) async -> [Clinic.ServicePlace: Double] {
            let found = await measurements.values(
                of: SeriesSelector(SeriesName(metric)),
                function,
                over: .seconds(3600)
            )
            var places: [Clinic.ServicePlace: Double] = [:]
            for (name, value) in found {
                guard let stack = name["stack"].flatMap({ try? StackName(parsing: $0) }),
                    let service = name["service"].flatMap({ try? ServiceName(parsing: $0) })
                else { continue }
                places[.init(stack: stack, service: service)] = value
            }
            return places
        }
        let memory = await values("container_memory_working_set_bytes", .most)
        let processors = await values("container_cpu_usage_seconds", .rate)
        let throttled = await values("container_cpu_cfs_throttled_seconds", .rate)
        clinic.usage = [:]
        for (place, peak) in memory {
            clinic.usage[place] = ServiceConsumption(
                memoryPeak: peak,
                processors: processors[place] ?? 0,
                throttled: throttled[place] ?? 0
            )
        }
        await raiseProcessors()
    }

    /// Raises CPU limits that hold services back, as far as their files allow.
    private func raiseProcessors() async {
        for (place, usage) in clinic.usage where usage.isThrottled {
            guard let service = stacks[place.stack]?.wanted.services[place.service],
                let most = service.healing.mostProcessors, let limit = service.definition.resources.nanoCPUs
            else { continue }
            let wanted = min(most, usage.fittingProcessors(replicas: service.definition.replicas))
            let current = clinic.raisedProcessors[place] ?? Double(limit) / 1e9
            guard wanted > current * 1.05 else { continue }
            let containers = mirror.containers(of: place.stack).filter {
                $0.service == place.service && $0.state == .running && !$0.isOneOff
            }
            do {
                for container in containers {
                    try await self.limit.run { try await engine.limitProcessors(container.id, to: wanted) }
                }
                clinic.raisedProcessors[place] = wanted
                record(
                    .warning,
                    "healing.cpu",
                    "the CPU limit of '\(place.service)' is raised to \(wanted): it was held back for "
                        + "\((usage.throttled * 100).rounded() / 100) CPUs of the last hour",
                    stack: place.stack,
                    service: place.service
                )
            } catch {
                record(
                    .error,
                    "healing.failed",
                    "the CPU limit of '\(place.service)' could not be raised: \(Self.sentence(error))",
                    stack: place.stack,
                    service: place.service
                )
            }
        }
    }
}
