internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `homie down`
struct Down: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "down",
        abstract: "Stops and removes a stack's containers and networks.",
        discussion: """
            Named volumes and what they hold stay, unless --volumes is given.

            Example:
              homie down shop --yes
            """
    )

    @Argument(help: "The stack; without it, the project of -f or of this directory.")
    var stack: StackName?
    @OptionGroup var project: ProjectOptions
    @Flag(name: [.customShort("v"), .customLong("volumes")], help: "Remove its named volumes and all they hold, too.")
    var removesVolumes = false
    @OptionGroup var consent: ConsentOptions
    @OptionGroup var waiting: WaitOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard stack == nil || (project.files.isEmpty && project.projectName == nil) else {
            throw ValidationError("give the stack's name or the files, not both")
        }
    }

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let client = try connection.client(in: surroundings)
        let name = try stack ?? ProjectReader(surroundings: surroundings).name(project)
        if consent.isDryRun || !consent.isGiven {
            let status = try await client.stack(name)
            if consent.isDryRun {
                let listing = Listings.changes(changes(status))
                try surroundings.console.output.print(listing, as: output.isJSON ? .json : .table)
                return .done
            }
            let count = status.services.reduce(0) { $0 + $1.containers.count }
            let extent = removesVolumes ? "networks AND VOLUMES with all they hold" : "networks; volumes stay"
            try Prompt(surroundings: surroundings).confirm(
                "Remove '\(name)': \(count) container\(count == 1 ? "" : "s"), \(extent)?",
                deed: "removing the stack '\(name)'"
            )
        }
        let deployment = try await client.remove(name, removesVolumes: removesVolumes)
        return try await waiting.report(deployment, client: client, isJSON: output.isJSON, in: surroundings) {
            last,
            _ in
            "removed\(removesVolumes ? " with its volumes" : "; its volumes stay")\(WaitOptions.duration(last))"
        }
    }

    private func changes(_ status: StackStatus) -> [PlannedChange] {
        let reason = "the stack is taken down"
        var changes = status.services.flatMap(\.containers).map {
            PlannedChange(action: "remove", object: "container", name: $0.name, reason: reason)
        }
        changes.append(
            PlannedChange(action: "remove", object: "network", name: "\(status.name)_*", reason: reason)
        )
        changes.append(
            PlannedChange(
                action: removesVolumes ? "remove" : "keep",
                object: "volume",
                name: "\(status.name)_*",
                reason: removesVolumes ? "--volumes is given" : "--volumes is not given"
            )
        )
        return changes
    }
}
