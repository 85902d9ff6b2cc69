internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `homie update`
struct Update: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Fetches the images of a stack anew and deploys what is newer.",
        discussion: """
            Without a stack it lists what registries have: they are asked now and then, without anything being fetched.
            How each service is switched over is its own affair: see x-homie.update, and 'homie rollout status' while it runs.

            Example:
              homie update shop web
            """
    )

    @Argument(help: "The stack; without one, newer images are listed.")
    var stack: StackName?
    @Argument(help: "Only these services.")
    var services: [ServiceName] = []
    @OptionGroup var waiting: WaitOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let client = try connection.client(in: surroundings)
        guard let stack else {
            let images = try await client.images()
            try surroundings.console.output.print(Listings.images(images), as: output.isJSON ? .json : .table)
            return .done
        }
        let deployment = try await client.update(stack, services: services.isEmpty ? nil : services)
        return try await waiting.report(deployment, client: client, isJSON: output.isJSON, in: surroundings) {
            last,
            _ in
            "revision \(last.revision) runs\(WaitOptions.duration(last))"
        }
    }
}

extension Listings {
    static func images(_ images: [ImageCheck]) -> Listing<ImagesAnswer> {
        Listing(
            ImagesAnswer(images: images),
            rows: images,
            columns: [
                Column("STACK") { Cell($0.stack.text) },
                Column("SERVICE") { Cell($0.service.text, .strong) },
                Column("IMAGE") { Cell($0.reference) },
                Column("IS") { image in
                    if image.digest == nil { return Cell("unknown", .faint) }
                    return image.isNewer ? Cell("newer there", .busy) : Cell("up to date", .good)
                },
                Column("PROBLEM") { Cell($0.problem ?? "") },
            ],
            nothing: "No image has been looked for yet.",
            identity: { "\($0.stack)/\($0.service)" }
        )
    }
}
