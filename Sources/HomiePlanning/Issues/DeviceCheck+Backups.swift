import HomieModel

extension DeviceCheck {
    /// Copies of what cannot be made again. A job makes them: one whose name or command says so.
    static let backups: [DeviceCheck] = [
        DeviceCheck("backup-missing") { checkup in
            let issues = checkup.stacks.filter { !$0.isLeaving }.compactMap { stack -> DeviceIssue? in
                let volumes = keptVolumes(stack)
                guard !volumes.isEmpty, !checkup.jobs.contains(where: { isBackup($0, of: stack) }) else { return nil }
                let name = stack.definition.name
                let service = stack.services.first { uses($0.definition, volumes) }?.name.text ?? "db"
                return DeviceIssue(
                    id: "backup-missing:\(name)",
                    check: "backup-missing",
                    severity: .warning,
                    summary: "no backup of what '\(name)' keeps is known",
                    stack: name,
                    since: checkup.now,
                    evidence: ["its volumes: \(volumes.joined(separator: ", "))"],
                    remedy: byHand(
                        "add a job that makes one, and whose name says 'backup' or 'dump'",
                        "homie job add \(name)/backup --service \(service) --cron '30 3 * * *' --exec -- COMMAND"
                    )
                )
            }
            return .of(issues, orFine: "every stack that keeps data has a job for its backup")
        },
        DeviceCheck("backup-overdue") { checkup in
            let issues = checkup.stacks.filter { !$0.isLeaving }.flatMap { stack in
                checkup.jobs.filter { isBackup($0, of: stack) }.compactMap { overdue($0, checkup) }
            }
            return .of(issues, orFine: "no backup is overdue")
        },
    ]

    /// Whoever makes backups weekly has had a day more.
    private static let longest = TimeSpan.seconds(8 * 86_400)

    private static func overdue(_ job: JobStatus, _ checkup: Checkup) -> DeviceIssue? {
        let success = job.totals[JobRunRecord.State.succeeded.rawValue]?.lastAt
        // One that never ran may be new.
        guard let past = success ?? job.totals.values.map(\.lastAt).min() else { return nil }
        guard success == nil || checkup.now - past > longest else { return nil }
        return DeviceIssue(
            id: "backup-overdue:\(job.name.stack):\(job.name.job)",
            check: "backup-overdue",
            severity: .error,
            summary: success == nil
                ? "the backup '\(job.name)' has never succeeded"
                : "the backup '\(job.name)' succeeded last on \(past.rfc3339.prefix(10))",
            stack: job.name.stack,
            service: job.service,
            since: checkup.now,
            evidence: [job.last?.reason, job.isSuspended ? "it is suspended" : nil].compactMap { $0 },
            remedy: byHand("run it now, and see what it says", "homie job run \(job.name)")
        )
    }

    /// Volumes with names that the stack's services write to, and that nobody else makes.
    private static func keptVolumes(_ stack: StackFacts) -> [String] {
        let own = Set(stack.definition.volumes.filter { !$0.value.isExternal }.keys)
        let used = stack.services.flatMap(\.definition.mounts).filter { $0.kind == .volume && $0.isReadOnly != true }
        return Set(used.compactMap(\.source)).intersection(own).sorted()
    }

    private static func uses(_ service: ServiceDefinition, _ volumes: [String]) -> Bool {
        service.mounts.contains { $0.kind == .volume && $0.source.map(volumes.contains) ?? false }
    }

    private static func isBackup(_ job: JobStatus, of stack: StackFacts) -> Bool {
        job.name.stack == stack.definition.name && job.makesBackups
    }
}
