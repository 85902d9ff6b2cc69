internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `homie os`
struct OSCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "os",
        abstract: "Shows and updates the device's operating system.",
        discussion: """
            Example:
              homie os status
              homie os install 1.4.0 --reboot
            """,
        subcommands: [OSStatus.self, OSHistory.self, OSInstall.self, OSRollback.self, OSReboot.self],
        defaultSubcommand: OSStatus.self
    )
}

/// `homie os status`
struct OSStatus: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows both slots, what is under way, and how the last updates ended and why.",
        discussion: """
            Example:
              homie os status --json
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let status = try await connection.client(in: surroundings).system()
        try SystemPresentation.show(status, isJSON: output.isJSON, on: surroundings.console.output)
        return .done
    }
}

/// `homie os history`
struct OSHistory: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Lists the updates of the operating system: outcome, cause, and with --details the evidence.",
        discussion: """
            Example:
              homie os history --details
            """
    )

    @Flag(help: "Show the evidence too, e.g. lines of the journal.")
    var details = false
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let history = try await connection.client(in: surroundings).system().history
        let stream = surroundings.console.output
        try stream.print(Listings.updates(history), as: output.isJSON ? .json : .table)
        guard details, !output.isJSON else { return .done }
        for record in history {
            guard let detail = record.detail else { continue }
            try stream.print("\n\(record.version) at \(record.at.rfc3339):")
            for line in detail.split(separator: "\n") { try stream.print("  " + SafeText.line(String(line))) }
        }
        return .done
    }
}

/// `homie os rollback`
struct OSRollback: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Goes back: the other system starts next, or a pending update is called off.",
        discussion: """
            The services go on until the device restarts.

            Example:
              homie os rollback --reboot --yes
            """
    )

    @Flag(help: "Restart the device at once.") var reboot = false
    @OptionGroup var consent: ConsentOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let client = try connection.client(in: surroundings)
        var status = try await client.system()
        if consent.isDryRun || !consent.isGiven {
            let deed = status.pending.map { "calling version \($0.version) off" } ?? "going back to the other system"
            if consent.isDryRun {
                if output.isJSON {
                    try SystemPresentation.show(status, isJSON: true, on: surroundings.console.output)
                } else {
                    try surroundings.console.output.print("\(deed)\(reboot ? ", then a restart" : "") (dry run)")
                }
                return .done
            }
            try Prompt(surroundings: surroundings).confirm("Go on with \(deed)?", deed: deed)
        }
        status = try await client.rollbackSystem()
        if reboot { status = try await client.restartSystem() }
        try SystemPresentation.show(status, isJSON: output.isJSON, on: surroundings.console.output)
        return .done
    }
}

/// `homie os reboot`
struct OSReboot: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "reboot",
        abstract: "Restarts the device, after writing down which services work: a new system is measured by them.",
        discussion: """
            Example:
              homie os reboot --yes
            """
    )

    @OptionGroup var consent: ConsentOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let client = try connection.client(in: surroundings)
        let status = try await client.system()
        if !consent.isDryRun {
            if !consent.isGiven {
                try Prompt(surroundings: surroundings).confirm("Restart the device?", deed: "restarting the device")
            }
            _ = try await client.restartSystem()
        }
        if output.isJSON {
            try SystemPresentation.show(status, isJSON: true, on: surroundings.console.output)
        } else {
            let next = status.pending.map { "version \($0.version) in slot \($0.slot)" } ?? "the same system"
            try surroundings.console.output.print(
                consent.isDryRun ? "\(next) would start (dry run)" : "restarting: \(next) starts"
            )
        }
        return .done
    }
}
