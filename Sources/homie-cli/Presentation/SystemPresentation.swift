internal import HomieConsole
internal import HomieModel

/// The operating system as a person reads it.
enum SystemPresentation {
    static func show(_ status: SystemStatus, isJSON: Bool, on stream: ConsoleStream) throws {
        if isJSON { return try stream.write(JSONOutput.document(status)) }
        let lines = lines(status)
        let width = lines.map(\.0.count).max() ?? 0
        for (label, value) in lines {
            let padding = String(repeating: " ", count: width - label.count + 2)
            try stream.print("\(stream.palette.paint(label, .faint))\(padding)\(SafeText.line(value))")
        }
    }

    static func lines(_ status: SystemStatus) -> [(String, String)] {
        var lines: [(String, String)] = []
        lines.append(("version", status.version?.text ?? "unknown"))
        if let booted = status.booted {
            lines.append(("runs from", "slot \(booted)\(status.isOnTrial ? ", on trial" : "")"))
        }
        if let next = status.next { lines.append(("next start", "slot \(next)")) }
        for slot in status.slots {
            let facts = [
                slot.version.map { "version \($0)" } ?? "empty", slot.isBootable.map { $0 ? "good" : "bad" },
                slot.state == .booted ? "running" : nil,
            ]
            lines.append(("slot \(slot.name)", facts.compactMap { $0 }.joined(separator: ", ")))
        }
        if let pending = status.pending {
            let how = pending.isWritten ? "installed" : "not complete"
            lines.append(("pending", "version \(pending.version) in slot \(pending.slot), \(how)"))
            if pending.comparesServices == false {
                lines.append(("judged by", "homied alone: which services work was not known"))
            }
        }
        if status.isInstalling { lines.append(("installing", status.install.map(progress) ?? "yes")) }
        if let report = status.install, report.state == .failed {
            lines.append(("last install", "failed: \(report.message)"))
        }
        lines += status.locks.map { ("lock", $0.holder + ($0.reason.map { ": \($0)" } ?? "")) }
        if let last = status.history.last { lines.append(("last update", record(last))) }
        return lines
    }

    private static func progress(_ report: InstallReport) -> String { "\(report.percentage) %, \(report.message)" }

    private static func record(_ record: UpdateRecord) -> String {
        "version \(record.version) \(words(record.outcome)) at \(record.at.rfc3339)"
            + (record.cause.map { ": \($0)" } ?? "")
    }

    static func words(_ outcome: UpdateRecord.Outcome) -> String {
        switch outcome {
        case .installed: "installed"
        case .confirmed: "confirmed"
        case .rolledBack: "rolled back"
        case .failed: "failed"
        }
    }
}

extension Listings {
    static func updates(_ history: [UpdateRecord]) -> Listing<[UpdateRecord]> {
        Listing(
            history,
            rows: history,
            columns: [
                Column("WHEN") { Cell($0.at.rfc3339) },
                Column("VERSION") { Cell($0.version.text, .strong) },
                Column("FROM") { Cell($0.from?.text ?? "") },
                Column("OUTCOME") { Cell(SystemPresentation.words($0.outcome)) },
                Column("CAUSE") { Cell($0.cause ?? "") },
            ],
            nothing: "No system update has been installed.",
            identity: { $0.version.text }
        )
    }
}
