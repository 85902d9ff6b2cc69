internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// The lists that commands print.
enum Listings {
    static func stacks(_ stacks: [StackStatus], now: Timestamp) -> Listing<StacksAnswer> {
        Listing(
            StacksAnswer(stacks: stacks),
            rows: stacks,
            columns: [
                Column("STACK") { Cell($0.name.text, .strong) },
                Column("STATE") { $0.summary },
                Column("SERVICES", .right) { stack in
                    Cell("\(stack.services.count { $0.phase.isWell })/\(stack.services.count)")
                },
                Column("REVISION", .right) { Cell(String($0.revision)) },
                Column("LAST GOOD", .right) { Cell($0.lastGoodRevision.map(String.init) ?? "none") },
                Column("LAST CHANGE") { stack in
                    Cell(stack.deployment.map { deploymentText($0, now: now) } ?? "")
                },
            ],
            nothing: "There are no stacks; 'homie up' deploys one.",
            identity: { $0.name.text }
        )
    }

    private static func deploymentText(_ deployment: DeploymentRecord, now: Timestamp) -> String {
        let time = TimeText.relative(deployment.endedAt ?? deployment.startedAt, now: now)
        return "\(deployment.kind.noun) \(deployment.state.rawValue) \(time)"
    }

    static func revisions(_ revisions: [RevisionSummary], now: Timestamp) -> Listing<RevisionsAnswer> {
        Listing(
            RevisionsAnswer(revisions: revisions),
            rows: revisions,
            columns: [
                Column("STACK") { Cell($0.stack.text, .strong) },
                Column("REVISION", .right) { Cell(String($0.number)) },
                Column("IS") { revision in
                    let marks = [revision.isWanted ? "wanted" : nil, revision.isLastGood ? "last good" : nil]
                    return Cell(marks.compactMap { $0 }.joined(separator: ", "), .good)
                },
                Column("MADE") { Cell(TimeText.relative($0.createdAt, now: now)) },
                Column("BY") { Cell($0.origin) },
                Column("SERVICES") { Cell($0.services.map(\.text).joined(separator: ", ")) },
            ],
            nothing: "There are no revisions.",
            identity: { "\($0.stack)/\($0.number)" }
        )
    }

    static func changes(_ changes: [PlannedChange]) -> Listing<PlanAnswer> {
        Listing(
            PlanAnswer(changes: changes),
            rows: changes,
            columns: [
                Column("DO") { Cell($0.action, actionStyle($0.action)) },
                Column("TO") { Cell($0.object) },
                Column("NAME") { Cell($0.name, .strong) },
                Column("BECAUSE") { Cell($0.reason) },
            ],
            nothing: "There is nothing to do.",
            identity: { "\($0.action) \($0.object) \($0.name)" }
        )
    }

    private static func actionStyle(_ action: String) -> Style {
        switch action {
        case "keep": .faint
        case "remove", "stop", "drop", "skip", "refuse": .bad
        case "create", "start", "add": .good
        default: .busy
        }
    }

    static func findings(_ findings: [Finding]) -> Listing<FindingsAnswer> {
        Listing(
            FindingsAnswer(findings: findings),
            rows: findings,
            columns: [
                Column("CHECK") { Cell($0.check, .strong) },
                Column("IS") { Cell($0.level.rawValue, $0.level.style) },
                Column("FOUND") { Cell([$0.message, $0.remedy].compactMap { $0 }.joined(separator: "; ")) },
            ],
            nothing: "There was nothing to check.",
            identity: { "\($0.level.rawValue) \($0.check)" }
        )
    }
}
