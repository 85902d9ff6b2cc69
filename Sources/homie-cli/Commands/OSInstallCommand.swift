internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `homie os install`
struct OSInstall: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "install",
        abstract: "Installs a system into the slot that does not run, and shows how far it is.",
        discussion: """
            Nothing is interrupted: the new system starts with the next restart. A bundle is checked as a whole before
            anything is written.

            Example:
              homie os install                              the newest version that is offered
              homie os install 1.4.0 --reboot               this one, and restart into it
              homie os install /media/usb/homie.raucb       a file on the device
              homie os install https://example.org/x.raucb  streamed
            """
    )

    @Argument(help: "A version, an absolute path on the device or an address; the newest version when it is left out.")
    var source: String?
    @Flag(help: "Restart into it when it is installed.") var reboot = false
    @Flag(name: .customLong("no-wait"), help: "Return as soon as it runs.") var isDetached = false
    @Flag(name: [.customShort("y"), .customLong("yes")], help: "Do not ask before a restart.") var isConfirmed = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let wanted = try source.map { try InstallSource(parsing: $0) } ?? .newest
        if reboot, !isConfirmed {
            try Prompt(surroundings: surroundings)
                .confirm("Restart the device when it is installed?", deed: "the restart")
        }
        let client = try connection.client(in: surroundings)
        let before = try await client.system().install?.startedAt
        var status = try await client.installSystem(wanted, restarts: reboot)
        if !isDetached { status = try await watch(client, since: before, in: surroundings) ?? status }
        if output.isJSON { try surroundings.console.output.write(JSONOutput.document(status)) }
        guard !isDetached, let report = status.install else { return .done }
        if report.state == .failed {
            if !output.isJSON { throw InstallFailed(report: report) }
            return .ended(report.failure ?? .failed)
        }
        if !output.isJSON { try surroundings.console.output.print(Self.ending(report, restarts: reboot)) }
        return .done
    }

    private static func ending(_ report: InstallReport, restarts: Bool) -> String {
        switch report.state {
        case .installed: report.message + (restarts ? "; the device restarts" : "; it starts with 'homie os reboot'")
        case .running, .nothing, .failed: report.message
        }
    }

    /// Until the install that was begun has ended; nil when a person stopped watching, or the device restarts already.
    private func watch(
        _ client: APIClient,
        since before: Timestamp?,
        in surroundings: Surroundings
    ) async throws -> SystemStatus? {
        var shown = ""
        var last: SystemStatus?
        while true {
            let status: SystemStatus
            do {
                status = try await client.system()
            } catch  where last != nil && reboot {
                return last
            }
            if let report = status.install, report.startedAt != before {
                last = status
                if report.state != .running { return status }
                let line = "\(report.percentage) % \(report.message)"
                if line != shown, !output.isJSON { try surroundings.console.errors.print(SafeText.line(line)) }
                shown = line
            }
            try await Task.sleep(for: .seconds(1))
        }
    }
}

/// How an install on the device failed, as it says itself.
private struct InstallFailed: UserFacingError {
    let report: InstallReport
    var summary: String { report.message }
    var hint: String? { report.hint }
    var kind: ErrorKind { report.failure ?? .failed }
}
