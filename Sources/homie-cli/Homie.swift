internal import ArgumentParser
internal import HomieModel

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

@main
enum Main {
    static func main() {
        let surroundings = Surroundings.ofThisProcess()
        // This thread is the main actor's, and runs no task while it waits.
        Task { @concurrent in exit(await Program.run(surroundings.arguments, in: surroundings)) }
        // Not `dispatchMain()`: it ends this thread, and the first unwinding in a program without shared libraries sorts all
        // of its tables, for 20 ms.
        while true { pause() }
    }
}

/// The root of all commands.
struct Homie: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "homie",
        abstract: "Runs containers on this device, keeps them running, and says why when they do not.",
        discussion: """
            Example:
              homie up -f compose.yaml   deploy a Compose file, wait until it is healthy
              homie ps                   what runs
              homie why web              why a service is in the state it is in

            Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 conflict, 5 refused,
            6 unhealthy, 7 the daemon cannot be reached.
            """,
        version: HomieRelease.version,
        groupedSubcommands: [
            CommandGroup(
                name: "Deploy",
                subcommands: [
                    Up.self, Plan.self, Config.self, Down.self, Update.self, Rollback.self, RolloutCommand.self,
                    Adopt.self,
                ]
            ),
            CommandGroup(
                name: "Look",
                subcommands: [
                    Stacks.self, Ps.self, Logs.self, Events.self, Why.self, TraceCommand.self, RouteCommand.self,
                    CertificateCommand.self,
                ]
            ),
            CommandGroup(
                name: "Look after",
                subcommands: [HealthCommand.self, IssuesCommand.self, FixCommand.self, Doctor.self]
            ),
            CommandGroup(name: "Measure", subcommands: [Top.self, MetricsCommand.self]),
            CommandGroup(name: "Tell", subcommands: [AlertCommand.self, HookCommand.self]),
            CommandGroup(name: "Jobs", subcommands: [JobCommand.self]),
            CommandGroup(
                name: "Access",
                subcommands: [
                    Login.self, Logout.self, WhoAmI.self, UserCommand.self, TokenCommand.self, SessionCommand.self,
                    Audit.self,
                ]
            ),
            CommandGroup(name: "Device", subcommands: [OSCommand.self]),
            CommandGroup(name: "About", subcommands: [Version.self, Completions.self]),
        ]
    )
}
