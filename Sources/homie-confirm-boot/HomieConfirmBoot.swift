internal import ArgumentParser
internal import FoundationEssentials
internal import HomieBus
internal import HomieCommand
internal import HomieConsole
internal import HomieModel
internal import HomiePlanning
internal import HomieUpdate

@main
enum Main {
    static func main() async { await HomieConfirmBoot.runAsProgram() }
}

/// Decides whether this boot is good.
struct HomieConfirmBoot: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "homie-confirm-boot",
        abstract: "Judges the system that was started: keeps it when everything that worked before works again.",
        discussion: """
            After an update, the boot is good when homied answers and every service that worked before works, all for
            the length of the stability window. Otherwise the cause is recorded, the slot is marked bad, and the device
            restarts into the system from before. On any other boot only homied has to be up, and nothing is restarted,
            whatever cannot be read, written or reached.

            Settings, in \(UpdateConfiguration.standardFile) or as HOMIE_UPDATE_NAME in the environment: \
            stability-window, boot-deadline, state-directory, supervisor-socket.

            Example: homie-confirm-boot --dry-run

            Exit codes: 0 good, 6 not good (and going back, where there is a system to go back to), or good and not marked;
            any other: a system on trial could not be judged.
            """
    )

    @Option(help: "The settings file. [default: /etc/homie/update.conf, where it is there]")
    var config: String?
    @Option(help: "Milliseconds between looks.")
    var interval: Int = 2000
    @Flag(help: "Judge, and neither mark the slot nor restart.")
    var dryRun = false

    func validate() throws {
        if !(10...60_000).contains(interval) { throw ValidationError("--interval must be 10 to 60000") }
    }

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let console = Console(environment: environment)
        let confirmation = Confirmation(
            settings: try settings(environment, console),
            bus: BusAddress(environment: environment),
            console: console,
            interval: .milliseconds(interval),
            isDryRun: dryRun
        )
        try await confirmation.run()
    }

    /// A slip of the pen in the settings must not condemn a system.
    private func settings(_ environment: [String: String], _ console: Console) throws -> UpdateConfiguration {
        do {
            return try UpdateConfiguration(file: config, environment: environment)
        } catch {
            // The verdict matters more than what is told of it.
            try? console.errors.print(SafeText.line("the settings are left out: \(error.summary)"))
            return try UpdateConfiguration(environment: environment)
        }
    }
}
