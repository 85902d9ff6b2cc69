internal import ArgumentParser
internal import HomieBundle
internal import HomieCommand
internal import HomieModel

/// `homie-bundle delta`
struct Delta: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes what a device of one version needs to put the bundle of another together.",
        discussion: """
            Devices fetch it in the place of the bundle when the index offers it ('homie-bundle index add --delta').

            Example: homie-bundle delta homie-1.3.0.raucb homie-1.4.0.raucb --output 1.3.0-1.4.0.delta
            """
    )

    @Argument(help: "The bundle that the devices run.") var old: String
    @Argument(help: "The bundle that they are to install.") var new: String
    @Option(name: .shortAndLong, help: "The file to make.") var output: String
    @Flag(help: "Replace the file when it is there.") var force = false
    @OptionGroup var shown: OutputOptions

    struct Made: Encodable {
        var delta: String
        var from: SystemVersion
        var version: SystemVersion
        var size: ByteCount
        var bundleSize: ByteCount
        /// Of the bundle, from 0 to 1.
        var share: Double
    }

    func run() async throws {
        let tools = Toolbox()
        let plan = try await DeltaMaker(tools: tools).make(from: old, to: new, output: output, replaces: force)
        let size = try await SignedIndex(tools: tools).reference(to: output, url: output).size
        let made = Made(
            delta: output,
            from: plan.from,
            version: plan.version,
            size: size,
            bundleSize: plan.size,
            share: Double(size.bytes) / Double(max(1, plan.size.bytes))
        )
        let share = (size.bytes * 1000 + plan.size.bytes - 1) / max(1, plan.size.bytes)
        try shown.print(
            made,
            [
                ("delta", output), ("from", made.from.text), ("to", made.version.text), ("size", "\(size.bytes) bytes"),
                ("bundle", "\(plan.size.bytes) bytes"),
                ("share", "\(share) per mille of the bundle"),
            ]
        )
    }
}
