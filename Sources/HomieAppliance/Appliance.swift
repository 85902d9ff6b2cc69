internal import FoundationEssentials
public import HomieModel
internal import HomieProcess
public import HomieSupervisor

/// The operating system of an appliance: the updater is asked, and systemd starts its units.
public struct Appliance: SystemControl {
    private let timeLimit: Duration
    private let run: @Sendable (ApplianceCommand) async throws -> CommandResult

    /// How a command ended.
    public struct CommandResult: Sendable, Hashable {
        public var exitCode: Int32
        public var output: String
        public var complaint: String

        public init(exitCode: Int32, output: String = "", complaint: String = "") {
            self.exitCode = exitCode
            self.output = output
            self.complaint = complaint
        }
    }

    /// - Parameter timeLimit: for each program that is run; a rollback waits for the end of its unit.
    public init(timeLimit: Duration = .seconds(120)) {
        self.timeLimit = timeLimit
        run = { command in
            let words = command.words
            let process = ChildProcess(program: words[0], arguments: Array(words.dropFirst()), standardError: .kept)
            do {
                let result = try await process.run(timeLimit: timeLimit)
                return CommandResult(
                    exitCode: result.exitCode,
                    output: result.text,
                    complaint: result.complaintText
                )
            } catch ChildProcess.Failure.notStarted {
                throw ApplianceError.noUpdater
            } catch ChildProcess.Failure.timedOut {
                throw ApplianceError.updaterFailed(reason: "'\(words[0])' did not end in time")
            }
        }
    }

    /// - Parameter run: takes the place of the programs.
    public init(run: @escaping @Sendable (ApplianceCommand) async throws -> CommandResult) {
        timeLimit = .zero
        self.run = run
    }

    public func status() async throws -> SystemStatus {
        let result = try await run(.status)
        guard result.exitCode == 0 else { throw ApplianceError.updaterFailed(reason: Self.lastLine(result.complaint)) }
        guard let answer = try? JSONDecoder().decode(UpdaterAnswer.self, from: Data(result.output.utf8)) else {
            throw ApplianceError.notUnderstood
        }
        return answer.status
    }

    public func install(_ source: InstallSource, restarts: Bool) async throws {
        if let path = source.text, Self.hidden.contains(where: { path.hasPrefix($0) }) {
            throw ApplianceError.hidden(path: path)
        }
        if try await status().isInstalling { throw ApplianceError.busy }
        try await start(.install(source, restarts: restarts))
    }

    public func rollback() async throws { try await start(.rollback) }

    public func restart() async throws {
        // Its unit would end with that, and nobody is told: the restart is not waited for. An updater that does not answer is no reason
        // to stay.
        if let status = try? await status(), status.isInstalling { throw ApplianceError.busy }
        try await start(.restart)
    }

    /// What the updater's units have of their own (systemd.exec(5), "PrivateTmp=").
    private static let hidden = ["/tmp/", "/var/tmp/"]

    private func start(_ command: ApplianceCommand) async throws {
        let result = try await run(command)
        guard result.exitCode == 0 else {
            throw ApplianceError.unitFailed(unit: command.unit ?? "", reason: Self.lastLine(result.complaint))
        }
    }

    private static func lastLine(_ text: String) -> String {
        let lines = text.split(whereSeparator: \.isNewline).filter {
            !$0.hasPrefix("  hint: ") && !$0.hasPrefix("hint: ")
        }
        return lines.last.map(String.init) ?? "it does not say why"
    }
}

/// What `homie-update status --json` prints.
private struct UpdaterAnswer: Decodable {
    struct Slot: Decodable {
        var name: String
        var bootName: String?
        var state: String?
        var isBootable: Bool?
        var bundleVersion: String?
        var installedAt: String?
    }

    struct Pending: Decodable {
        var version: SystemVersion
        var slot: String
        var isWritten: Bool
        var baseline: Baseline?
    }

    /// Which services worked before; what else is in it is the updater's.
    struct Baseline: Decodable {}

    var version: SystemVersion?
    var compatible: String
    var booted: String?
    var isInstalling: Bool
    var isOnTrial: Bool
    var next: String?
    var slots: [Slot]
    var pending: Pending?
    var install: InstallReport?
    var locks: [UpdateLock]
    var history: [UpdateRecord]

    var status: SystemStatus {
        SystemStatus(
            version: version,
            compatible: try? SystemKind(parsing: compatible),
            booted: booted,
            // RAUC names the section of its configuration, a person knows the boot loader's name.
            next: next.map { name in slots.first { $0.name == name }?.bootName ?? name },
            isInstalling: isInstalling,
            isOnTrial: isOnTrial,
            slots: slots.compactMap { slot in
                guard let name = slot.bootName else { return nil }
                let isBooted = name == booted
                return SystemStatus.Slot(
                    name: name,
                    state: isBooted ? .booted : .inactive,
                    isBootable: slot.isBootable,
                    // The factory's slot does not say; the one that runs does.
                    version: slot.bundleVersion.flatMap { try? SystemVersion(parsing: $0) }
                        ?? (isBooted ? version : nil),
                    installedAt: slot.installedAt.flatMap { $0.isEmpty ? nil : $0 }
                )
            },
            pending: pending.map {
                .init(
                    version: $0.version,
                    slot: $0.slot,
                    isWritten: $0.isWritten,
                    comparesServices: $0.baseline != nil
                )
            },
            install: install,
            locks: locks,
            history: history
        )
    }
}
