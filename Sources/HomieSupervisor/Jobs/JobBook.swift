import HomieModel
import HomiePlanning

/// All jobs there are: those of the stacks' files, and those made through the API.
struct JobBook {
    struct Entry {
        var definition: JobDefinition
        var origin: JobStatus.Origin
        /// Why it cannot run, as a sentence.
        var problem: String?
    }

    private(set) var entries: [JobName: Entry] = [:]
    private(set) var healthy: [StackName: Set<ServiceName>] = [:]
    private(set) var zones = TimeZoneTable()
    /// What is wrong with a stack's jobs; none of them runs.
    private(set) var faults: [StackName: String] = [:]
    private var hasZone: [String: Bool] = [:]
    /// The definitions that were read, by stack.
    private var read: [StackName: StackDefinition] = [:]
    private var ofFiles: [StackName: [JobDefinition]] = [:]

    /// Those that can run.
    var definitions: [JobDefinition] { entries.values.filter { $0.problem == nil }.map(\.definition) }

    mutating func refresh(
        _ sources: [JobSource],
        stored: [JobName: StoredJobDefinition],
        zone: (String) -> TimeZoneRules?
    ) {
        let stacks = Dictionary(sources.map { ($0.stack, $0) }) { first, _ in first }
        for name in read.keys where stacks[name] == nil {
            read[name] = nil
            ofFiles[name] = nil
            faults[name] = nil
        }
        healthy = stacks.mapValues(\.healthy)
        for (name, stack) in stacks where read[name] != stack.definition {
            read[name] = stack.definition
            do {
                ofFiles[name] = try ScheduleReader.jobs(of: stack.definition)
                faults[name] = nil
            } catch {
                ofFiles[name] = nil
                faults[name] = error.summary
            }
        }
        entries = [:]
        for job in ofFiles.values.joined() { entries[job.name] = Entry(definition: job, origin: .compose) }
        for (name, record) in stored where entries[name] == nil {
            // It was readable when it was made.
            guard let job = try? ScheduleReader.job(name, from: record.block) else { continue }
            entries[name] = Entry(definition: job, origin: .api)
        }
        let circular = ScheduleReader.circular(entries.values.map(\.definition))
        for name in Array(entries.keys) {
            let found = problem(of: name, stacks[name.stack], zone)
            entries[name]?.problem =
                found ?? (circular.contains(name) ? "it comes after itself, by way of others" : nil)
        }
    }

    private mutating func problem(
        of name: JobName,
        _ stack: JobSource?,
        _ zoneRules: (String) -> TimeZoneRules?
    ) -> String? {
        guard let job = entries[name]?.definition else { return nil }
        guard let stack else { return "there is no stack '\(name.stack)'" }
        guard stack.definition.services[job.action.service] != nil else {
            return "stack '\(name.stack)' has no service '\(job.action.service)'"
        }
        for case .cron(_, let zone) in job.triggers where zones[zone] == nil {
            if hasZone[zone] == nil {
                zones[zone] = zoneRules(zone)
                hasZone[zone] = zones[zone] != nil
            }
            guard zones[zone] != nil else { return "this device knows no time zone '\(zone)'" }
        }
        return nil
    }
}

extension JobDefinition.Trigger {
    /// For people.
    var text: String {
        switch self {
        case .cron(let expression, let zone): "cron \(expression)" + (zone == "UTC" ? "" : " (\(zone))")
        case .event(let filter): "on \(filter)"
        case .after(let jobs): "after " + jobs.sorted().map(\.description).joined(separator: ", ")
        }
    }
}

extension JobRun.Cause {
    /// As a clause that stays the same: `clock`, `event container.died` …
    var text: String {
        switch self {
        case .clock: "clock"
        case .missed: "missed"
        case .event(let clause): clause
        case .after(let job): "after \(job)"
        case .asked: "asked"
        }
    }
}
