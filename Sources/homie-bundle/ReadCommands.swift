internal import ArgumentParser
internal import HomieBundle
internal import HomieCommand
internal import HomieConsole
internal import HomieModel

/// `homie-bundle sign`
struct Sign: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Signs a bundle anew, e.g. with a release key after it was tested.",
        discussion:
            "Example: homie-bundle sign test.raucb --cert release.pem --key 'pkcs11:object=release' -o release.raucb"
    )

    @Argument(help: "The bundle to sign; it stays as it is.")
    var bundle: String
    @Option(name: .shortAndLong, help: "The file to make.")
    var output: String
    @Option(help: "A PEM file with the authorities that the new signer must lead to.")
    var signingKeyring: String?
    @Flag(help: "Replace the file when it is there.")
    var force = false
    @OptionGroup var keys: KeyOptions
    @OptionGroup var trust: TrustOptions
    @OptionGroup var shown: OutputOptions

    func run() async throws {
        let tools = Toolbox()
        guard let signers = signingKeyring ?? (keys.cert == nil ? keys.development.authority : nil) else {
            throw ValidationError("--cert needs --signing-keyring, the authorities it has to lead to")
        }
        try await BundleMaker(tools: tools).resign(
            bundle,
            keyring: try await trust.keyring(keys, tools),
            signer: try await keys.signer(tools),
            signingKeyring: signers,
            output: output,
            replaces: force
        )
        let made = try await BundleReader(tools: tools).inspect(output)
        try shown.print(made, made.lines(output))
    }
}

/// `homie-bundle inspect`
struct Inspect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows what a bundle says it holds; believes it without looking at the signature.",
        discussion: "Example: homie-bundle inspect homie-1.4.0.raucb --json"
    )

    @Argument var bundle: String
    @OptionGroup var shown: OutputOptions

    func run() async throws {
        let found = try await BundleReader().inspect(bundle)
        try shown.print(found, found.lines(bundle))
    }
}

/// `homie-bundle verify`
struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Checks a bundle's signature and every image in it.",
        discussion: "Example: homie-bundle verify homie-1.4.0.raucb --keyring release-ca.pem --release"
    )

    @Argument var bundle: String
    @Option(help: "The kind of system it has to be for.")
    var compatible: SystemKind?
    @Flag(help: "Refuse what development keys have signed, as a release does.")
    var release = false
    @OptionGroup var keys: KeyOptions
    @OptionGroup var trust: TrustOptions
    @OptionGroup var shown: OutputOptions

    func run() async throws {
        let tools = Toolbox()
        let found = try await BundleReader(tools: tools).verify(
            bundle,
            keyring: try await trust.keyring(keys, tools),
            isRelease: release,
            compatible: compatible
        )
        try shown.print(found, found.lines(bundle))
    }
}

/// `homie-bundle keys`
struct Keys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows the keys that bundles are signed with; makes development keys when there are none.",
        discussion: "Example: homie-bundle keys --keys ./keys"
    )

    @OptionGroup var keys: KeyOptions
    @OptionGroup var shown: OutputOptions

    struct Answer: Encodable {
        var authority: String?
        var certificate: String
        var key: String
        var isForDevelopment: Bool
        var details: CertificateSummary
    }

    func run() async throws {
        let tools = Toolbox()
        let signer = try await keys.signer(tools)
        let summary = try await DevelopmentKeys.describe(signer.certificate, tools)
        let answer = Answer(
            authority: keys.cert == nil ? keys.development.authority : nil,
            certificate: signer.certificate,
            key: signer.key,
            isForDevelopment: summary.isForDevelopment,
            details: summary
        )
        try shown.print(
            answer,
            [
                ("authority", answer.authority), ("certificate", signer.certificate), ("key", signer.key),
                ("subject", summary.subject), ("issuer", summary.issuer), ("expires", summary.expires),
                ("fingerprint", summary.fingerprint),
                ("use", summary.isForDevelopment ? "development only: releases refuse it" : "release"),
            ]
        )
    }
}
