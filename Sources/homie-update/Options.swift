internal import ArgumentParser
internal import HomieCommand
internal import HomieConsole
internal import HomieModel
internal import HomiePlanning
internal import Synchronization

struct SettingsOptions: ParsableArguments {
    @Option(help: "The settings file. [default: /etc/homie/update.conf, where it is there]")
    var config: String?

    func session() throws -> Session { try Session(file: config) }
}

/// Prints each whole percent once, to standard error.
final class ProgressPrinter: Sendable {
    private let stream: ConsoleStream?
    private let last = Mutex(-1)

    init(_ options: OutputOptions) { stream = options.isJSON ? nil : options.console.errors }

    func report(_ percentage: Int, _ message: String) {
        guard let stream else { return }
        let isNew = last.withLock { last in
            // A log wants fewer lines than a person.
            let step = stream.isTerminal ? percentage : percentage / 10 * 10
            defer { last = step }
            return step != last
        }
        guard isNew else { return }
        // The work goes on when nobody reads.
        try? stream.print("\(percentage) % \(SafeText.line(message))")
    }
}

extension UpdateDecision {
    /// What a script reads.
    struct Document: Encodable {
        var decision: String
        var version: SystemVersion?
        var notes: String?
        var size: ByteCount?
        var reasons: [String]
    }

    var document: Document {
        switch self {
        case .upToDate(let note):
            Document(decision: "up-to-date", reasons: note.map { [$0.text] } ?? [])
        case .wait(let release, let reasons):
            Document(
                decision: "wait",
                version: release.version,
                notes: release.notes,
                size: release.bundle.size,
                reasons: reasons.map(\.text)
            )
        case .install(let release):
            Document(
                decision: "install",
                version: release.version,
                notes: release.notes,
                size: release.bundle.size,
                reasons: []
            )
        case .refuse(let refusal): Document(decision: "refuse", reasons: [refusal.summary])
        }
    }

    var lines: [(String, String?)] {
        let document = document
        return [
            ("decision", document.decision), ("version", document.version?.text), ("notes", document.notes),
            ("size", document.size.map { "\(($0.bytes + 999_999) / 1_000_000) MB" }),
        ] + document.reasons.map { ("because", $0) }
    }
}

extension UpdateDecision.Note {
    var text: String {
        switch self {
        case .notRolledOut(let version, let share):
            "version \(version) is offered to \(share.value) % of the devices, and this is not one of them"
        case .failedBefore(let version): "version \(version) was tried here and rolled back"
        case .needsNewer(let version, let minimum): "version \(version) needs at least version \(minimum) before it"
        }
    }
}

extension UpdateDecision.Reason {
    var text: String {
        switch self {
        case .delay(let until): "it is installed by itself only after \(until.rfc3339)"
        case .window(let window, let opens): "the maintenance window (\(window)) opens at \(opens.rfc3339)"
        case .hold(let hold): "updates are on hold" + (hold.reason.map { " (\($0))" } ?? "")
        case .lock(let lock): "'\(lock.holder)' holds an update lock" + (lock.reason.map { " (\($0))" } ?? "")
        case .manual: "updates are installed only when asked for"
        case .trial: "the running system is on trial"
        case .restart(let version): "version \(version) is installed, and starts with the next restart"
        }
    }
}
