internal import ArgumentParser
internal import FoundationEssentials
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `homie cert`
struct CertificateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cert",
        abstract: "Certificates of the gateway.",
        discussion: """
            Example:
              homie cert ls
              homie cert authority --output-file homie.crt
            """,
        subcommands: [CertificateList.self, CertificateAuthorityShow.self],
        defaultSubcommand: CertificateList.self
    )
}

/// `homie cert ls`
struct CertificateList: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "Lists the certificates that the gateway presents, and those it should.",
        discussion: """
            Ends with 6 when something is wrong with one.

            Example:
              homie cert ls
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let certificates = try await connection.client(in: surroundings).certificates()
        let listing = Listings.certificates(certificates, now: surroundings.now())
        try surroundings.console.output.print(listing, as: output.isJSON ? .json : .table)
        return certificates.contains { $0.problem != nil } ? .ended(.unhealthy) : .done
    }
}

/// `homie cert authority`
struct CertificateAuthorityShow: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "authority",
        abstract: "Shows the device's own certificate authority, its fingerprint, and how to trust it.",
        discussion: """
            Example:
              homie cert authority --output-file homie.crt
            """
    )

    @Option(
        name: .customLong("output-file"),
        help: ArgumentHelp("Write the certificate into this file instead of printing it.", valueName: "path"),
        completion: .file()
    )
    var file: String?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let authority = try await connection.client(in: surroundings).authority()
        if let file {
            let path = surroundings.absolute(file)
            do {
                try Data(authority.certificate.utf8).write(to: URL(filePath: path), options: .atomic)
            } catch {
                throw CertificateFileError(path: path, underlying: error)
            }
        }
        if output.isJSON {
            try surroundings.console.output.write(JSONOutput.document(authority))
            return .done
        }
        if file == nil { try surroundings.console.output.write(authority.certificate) }
        try surroundings.console.output.print("SHA-256 fingerprint: \(SafeText.line(authority.fingerprint))")
        for line in authority.instructions { try surroundings.console.output.print("- \(SafeText.line(line))") }
        return .done
    }
}

/// A file that cannot be written.
struct CertificateFileError: UserFacingError {
    let path: String
    let underlying: (any Error)?
    var summary: String { "'\(path)' cannot be written" }
    var kind: ErrorKind { .failed }
}

extension Listings {
    static func certificates(_ certificates: [CertificateStatus], now: Timestamp) -> Listing<CertificatesAnswer> {
        Listing(
            CertificatesAnswer(certificates: certificates),
            rows: certificates,
            columns: [
                Column("NAMES") { Cell($0.names.prefix(3).joined(separator: " "), .strong) },
                Column("FROM") { Cell($0.origin == .device ? "this device" : $0.origin.rawValue) },
                Column("ISSUER") { Cell($0.issuer ?? "") },
                Column("ENDS") { Cell($0.expiresAt.map { TimeText.relative($0, now: now) } ?? "") },
                Column("PROBLEM") { Cell($0.problem ?? "", .bad) },
            ],
            nothing: "There are no certificates; the gateway is off.",
            identity: { $0.names.first ?? "" }
        )
    }
}
