internal import ArgumentParser
internal import HomieBundle
internal import HomieCommand
internal import HomieConsole
internal import HomieModel

/// `homie-bundle create`
struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes a signed bundle of images.",
        discussion: """
            Example: homie-bundle create --compatible homie-qemu-x86_64 --bundle-version 1.4.0 \\
                         --image rootfs=root.img --adaptive rootfs --output homie-1.4.0.raucb
            """
    )

    @Option(help: "The kind of system it is for, e.g. homie-qemu-x86_64.")
    var compatible: SystemKind
    @Option(help: "The version of the system in it, e.g. 1.4.0.")
    var bundleVersion: SystemVersion
    @Option(help: "SLOT-CLASS=FILE, e.g. rootfs=root.img; may be repeated.")
    var image: [String]
    @Option(help: "The slot class of an image that gets an index of its blocks; may be repeated.")
    var adaptive: [String] = []
    @Option(help: "What it is, for a person.")
    var description: String?
    @Option(help: "What it was built from, e.g. a commit.")
    var build: String?
    @Option(help: "A program that RAUC asks on the device whether it may be installed.")
    var installCheck: String?
    @Option(help: "verity or plain; appliances take verity only.")
    var format: BundleManifest.Format = .verity
    @Option(help: "The block size of the file system around the images; adaptive installs fetch whole blocks.")
    var blockSize: Int = SquashfsSettings().blockSize
    @Option(name: .shortAndLong, help: "The file to make.")
    var output: String
    @Flag(help: "Replace the file when it is there.")
    var force = false
    @Flag(help: "Show what would be made, and make nothing.")
    var dryRun = false
    @OptionGroup var keys: KeyOptions
    @OptionGroup var shown: OutputOptions

    func run() async throws {
        let files = try images()
        let names = image.compactMap { $0.split(separator: "=", maxSplits: 1).first.map(String.init) }
        if let unknown = adaptive.first(where: { files[$0] == nil }) {
            throw BundleError.manifest("--adaptive names '\(unknown)', which no --image does")
        }
        let manifest = try BundleManifest(
            compatible: compatible,
            version: bundleVersion,
            description: description,
            build: build,
            format: format,
            images: names.map { .init(slotClass: $0, isAdaptive: adaptive.contains($0)) },
            installCheck: installCheck == nil ? nil : "hook"
        )
        if dryRun {
            return shown.isJSON
                ? try shown.console.output.write(JSONOutput.document(manifest))
                : try shown.console.output.write(manifest.text)
        }
        let tools = Toolbox()
        let order = BundleOrder(
            manifest: manifest,
            files: files,
            installCheckFile: installCheck,
            output: output,
            signer: try await keys.signer(tools),
            squashfs: SquashfsSettings(blockSize: blockSize),
            replaces: force
        )
        try await BundleMaker(tools: tools).create(order)
        let made = try await BundleReader(tools: tools).inspect(output)
        try shown.print(made, made.lines(output))
    }

    private func images() throws -> [String: String] {
        var files: [String: String] = [:]
        for text in image {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw ValidationError("'\(text)' is not SLOT-CLASS=FILE") }
            files[parts[0]] = parts[1]
        }
        return files
    }
}

extension BundleInformation {
    /// What a person reads.
    func lines(_ path: String) -> [(String, String?)] {
        [
            ("bundle", path), ("size", "\(size.bytes) bytes"), ("compatible", compatible.text),
            ("version", version.text), ("description", description.flatMap { $0.isEmpty ? nil : $0 }),
            ("build", build.flatMap { $0.isEmpty ? nil : $0 }), ("format", format),
        ]
            + images.map { image in
                ("image", "\(image.slotClass): \(image.size.bytes) bytes\(image.isAdaptive ? ", adaptive" : "")")
            } + signers.map { ("signed by", $0) }
    }
}
