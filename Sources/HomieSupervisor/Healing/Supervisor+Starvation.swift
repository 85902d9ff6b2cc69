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
        var byStack: [StackName: [ServiceName: ServiceConsumption]] = [:]
        for (place, peak) in memory {
            let usage = ServiceConsumption(
                memoryPeak: peak,
                processors: processors[place] ?? 0,
                throttled: throttled[place] ?? 0
            )
            clinic.usage[place] = usage
            byStack[place.stack, default: [:]][place.service] = usage
        }
        for name in Array(stacks.keys) { stacks[name]?.history.usage = byStack[name] ?? [:] }
        await raiseProcessors()
        await raiseMemory()
    }

    /// Raises memory limits that services nearly reach before they run out of it, as far as their files allow.
    private func raiseMemory() async {
        for (place, usage) in clinic.usage.sorted(by: { $0.key < $1.key }) {
            guard let service = stacks[place.stack]?.wanted.services[place.service],
                let most = service.healing.mostMemory, let limit = service.definition.resources.memory
            else { continue }
            let replicas = service.definition.replicas
            let fitting = min(most, usage.fittingMemory(replicas: replicas))
            let containers = mirror.containers(of: place.stack).filter {
                $0.service == place.service && $0.state == .running && !$0.isOneOff
            }
            for container in containers {
                let instance = Instance(place.service, container.index)
                let current = stacks[place.stack]?.history.healing[instance]?.memory ?? limit
                guard usage.isNear(current, replicas: replicas), fitting > current else { continue }
                await raiseMemory(of: instance, container.id, from: current, to: fitting, in: place.stack)
            }
        }
    }

    private func raiseMemory(
        of instance: Instance,
        _ container: String,
        from current: ByteCount,
        to limit: ByteCount,
        in name: StackName
    ) async {
        let what = "the memory limit of '\(instance.service)'"
        do {
            let withSwap = swap(instance, limit, in: name)
            try await self.limit.run { try await engine.limitMemory(container, to: limit, withSwap: withSwap) }
        } catch {
            let message = "\(what) could not be raised: \(Self.sentence(error))"
            record(.error, "healing.failed", message, stack: name, service: instance.service)
            return
        }
        let before = stacks[name]?.history.healing ?? [:]
        stacks[name]?.history.healing[instance, default: HealingHistory()].noteMemory(limit)
        keepTroubles(of: name, since: before)
        record(
            .warning,
            "healing.memory",
            "\(what) is raised to \(limit.bytes >> 20) MiB: it used nearly all of \(current.bytes >> 20) MiB in the last hour",
            stack: name,
            service: instance.service
        )
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
