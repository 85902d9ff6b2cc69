internal import ArgumentParser
internal import FoundationEssentials
internal import HomieBundle
internal import HomieModel

/// Which keys sign, and which are trusted.
struct KeyOptions: ParsableArguments {
    @Option(help: "Where development keys are kept. [HOMIE_KEYS; default: ~/.local/share/homie/keys]")
    var keys: String?
    @Option(help: "The signer's certificate: a PEM file or, for bundles, a pkcs11: address.")
    var cert: String?
    @Option(help: "The signer's key: a PEM file or a pkcs11: address.")
    var key: String?
    @Option(help: "A certificate between the signer's and the authority's; may be repeated.")
    var intermediate: [String] = []

    func validate() throws {
        if (cert == nil) != (key == nil) { throw ValidationError("--cert and --key belong together") }
    }

    var development: DevelopmentKeys { DevelopmentKeys(directory: keys ?? Self.standardDirectory) }

    private static var standardDirectory: String {
        let environment = ProcessInfo.processInfo.environment
        if let directory = environment["HOMIE_KEYS"], !directory.isEmpty { return directory }
        return (environment["HOME"] ?? "/root") + "/.local/share/homie/keys"
    }

    /// The named signer, or the development key, which is made when it is not there.
    func signer(_ tools: Toolbox) async throws -> Signer {
        if let cert, let key { return Signer(certificate: cert, key: key, intermediates: intermediate) }
        try await development.prepare(tools)
        return development.signer
    }
}

/// `--keyring`
struct TrustOptions: ParsableArguments {
    @Option(help: "A PEM file with the authorities to trust. [default: the development authority]")
    var keyring: String?

    func keyring(_ keys: KeyOptions, _ tools: Toolbox) async throws -> String {
        if let keyring { return keyring }
        try await keys.development.prepare(tools)
        return keys.development.authority
    }
}
