internal import ArgumentParser
internal import HomieCommand
internal import HomieUpdate

@main
enum Main {
    static func main() async { await HomieUpdateProgram.runAsProgram() }
}

/// Looks for system updates, fetches and installs them through RAUC.
struct HomieUpdateProgram: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "homie-update",
        abstract: "Looks for system updates, fetches them, and installs them into the slot that does not run.",
        discussion: """
            Example:
              homie-update check                      what is offered, and when it would be installed
              homie-update install                    the newest version, now
              homie-update install /media/homie.raucb a bundle in hand
              homie-update reboot                     start the new system; it is judged, and goes when it is worse

            Settings, in \(UpdateConfiguration.standardFile) as 'name = value', or as HOMIE_UPDATE_NAME:
            \(UpdateSetting.table)
              The message bus is the system's, or what HOMIE_BUS_ADDRESS names.

            Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 conflict, 5 refused, 7 no answer.
            """,
        subcommands: [Check.self, Download.self, Install.self, Status.self, Rollback.self, Reboot.self]
    )
}
