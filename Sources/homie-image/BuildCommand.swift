internal import ArgumentParser
internal import FoundationEssentials
internal import HomieBundle
internal import HomieCommand
internal import HomieConsole
internal import HomieImage
internal import HomieModel
internal import HomiePlanning

/// `homie-image build`
struct Build: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes the disk image, its block map and checksum, the list of its software, and the update bundle.",
        discussion: """
            Without --keyring the image takes the bundles of this build host's development keys, which are made on first
            use. SOURCE_DATE_EPOCH dates the image otherwise than the board says.

            Example: homie-image build qemu-x86_64 --version 1.4.0 --output .build/image
            """
    )

    @Argument(help: "The board; 'homie-image boards' lists them.") var board: String
    @Option(help: "The version of the system, e.g. 1.4.0.") var version: SystemVersion
    @Option(name: .shortAndLong, help: "Where the results go.") var output = ".build/image"
    @Option(help: "Where the release build of the suite's programs is.")
    var programs = ".build-release/release"
    @Option(help: "A directory that is laid over the system as the last; may be repeated.")
    var overlay: [String] = []
    @Option(help: "Public keys of people who may sign in over SSH as root.")
    var authorizedKeys: String?
    @Option(help: "How the root is compressed, as mkfs.erofs takes it.") var compression = "zstd,level=6"
    @Flag(help: "A release: development keys are refused.") var release = false
    @Option(help: "A PEM file with the authorities whose bundles the image takes. [default: the development authority]")
    var keyring: String?
    @Option(help: "The bundle signer's certificate: a PEM file or a pkcs11: address.") var cert: String?
    @Option(help: "The bundle signer's key: a PEM file or a pkcs11: address.") var key: String?
    @Option(help: "Where development keys are kept. [HOMIE_KEYS; default: ~/.local/share/homie/keys]")
    var keys: String?
    @Flag(help: "Make the update bundle only, no disk image.") var bundleOnly = false
    @Flag(help: "Take whatever packages the sources hold, not those that are pinned.") var unpinned = false
    @Flag(help: "Leave what a failed stage has made.") var keep = false
    @Flag(help: "Show what would be done, and do nothing.") var dryRun = false
    @OptionGroup var common: CommonOptions
    @OptionGroup var shown: OutputOptions

    func validate() throws {
        if (cert == nil) != (key == nil) { throw ValidationError("--cert and --key belong together") }
        if release, keyring == nil { throw ValidationError("--release needs --keyring") }
        if release, cert == nil {
            throw ValidationError("--release needs --cert and --key: no device would take its bundle")
        }
    }

    func run() async throws {
        let order = try await order()
        var plan = try ImagePlanner.plan(order)
        if bundleOnly { plan.stages.removeAll { $0.name == .disk } }
        let builder = ImageBuilder(cache: common.cacheDirectory, keepsFailures: keep)
        let known = try builder.known(plan)
        if dryRun { return try show(plan, known: known) }
        let progress = BuildProgress(shown)
        let outputs = try await builder.build(plan, epoch: order.epoch) { progress.report($0, $1) }
        progress.say("writing to \(output)")
        try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        let made = try await Delivery(order: order, outputs: outputs, resolved: common.repository.resolved)
            .deliver(signer: try await signer(), keyring: release ? keyring : nil)
        try shown.print(made, made.lines)
    }

    private func order() async throws -> ImageOrder {
        let repository = common.repository
        let board = try repository.board(board)
        var layers = try repository.layers(board)
        layers += try await ProgramReader(directory: programs, cache: common.cacheDirectory).files()
        if let authorizedKeys {
            let input = try LayerReader.input(authorizedKeys)
            layers.append(LayerFile(path: "usr/lib/homie/authorized_keys", content: .file(input, isExecutable: false)))
        }
        for directory in overlay { layers += try LayerReader.tree(directory) }
        return ImageOrder(
            board: board,
            version: version,
            trust: release ? .release : .development,
            keyring: try LayerReader.input(try await trusted()),
            packages: try repository.packages(board),
            pinned: unpinned ? [] : try repository.pinned(board),
            sources: try repository.sources(common.sources),
            epoch: epoch ?? board.epoch,
            compression: compression,
            initramfs: try repository.initramfs,
            accounts: try repository.accounts,
            bootLoader: try repository.bootLoader,
            layers: layers,
            enabled: try repository.enabled,
            output: output
        )
    }

    private var epoch: Int64? { ProcessInfo.processInfo.environment["SOURCE_DATE_EPOCH"].flatMap { Int64($0) } }

    private var development: DevelopmentKeys {
        let environment = ProcessInfo.processInfo.environment
        let named = keys ?? environment["HOMIE_KEYS"].flatMap { $0.isEmpty ? nil : $0 }
        return DevelopmentKeys(directory: named ?? (environment["HOME"] ?? "/root") + "/.local/share/homie/keys")
    }

    private func trusted() async throws -> String {
        guard let keyring else {
            try await development.prepare(Toolbox())
            return development.authority
        }
        let authorities = try await DevelopmentKeys.authorities(in: keyring, Toolbox())
        if release, authorities.contains(where: \.isForDevelopment) { throw ImageError.developmentKey(path: keyring) }
        return keyring
    }

    private func signer() async throws -> Signer {
        if let cert, let key { return Signer(certificate: cert, key: key) }
        try await development.prepare(Toolbox())
        return development.signer
    }

    private struct PlannedStage: Encodable {
        var stage: String
        var isCached: Bool
        var steps: [String]
    }

    private func show(_ plan: ImagePlan, known: Set<ImageStageName>) throws {
        let stages = plan.stages.map { stage in
            PlannedStage(
                stage: stage.name.title,
                isCached: known.contains(stage.name),
                steps: stage.steps.map { $0.title }
            )
        }
        let lines = stages.flatMap { stage in
            [(stage.stage, stage.isCached ? "known: nothing to do" : "would be made")]
                + (stage.isCached ? [] : stage.steps.map { ("", $0) })
        }
        try shown.print(stages, lines)
    }
}

extension ImageStep {
    /// One line for a person.
    var title: String {
        let line = canonical.split(separator: "\n").first.map(String.init) ?? ""
        return line.count > 160 ? line.prefix(157) + "…" : line
    }
}
