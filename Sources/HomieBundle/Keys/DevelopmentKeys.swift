internal import FoundationEssentials
internal import HomieModel

/// An authority and a signer for bundles that are tried out, made on first use and kept in a directory.
public struct DevelopmentKeys: Sendable {
    /// What marks the certificates: the organisational unit in their names.
    static let unit = "Development"
    static let days = 3650

    public let directory: String

    public init(directory: String) { self.directory = directory }

    /// What devices must trust for such bundles; a release image does not hold it.
    public var authority: String { directory + "/development-ca.pem" }
    private var authorityKey: String { directory + "/development-ca-key.pem" }
    public var signer: Signer {
        Signer(certificate: directory + "/development-cert.pem", key: directory + "/development-key.pem")
    }

    public var areThere: Bool {
        [authority, signer.certificate, signer.key].allSatisfy { FileManager.default.fileExists(atPath: $0) }
    }

    /// Makes what is missing: either everything is there afterwards, or nothing has changed.
    ///
    /// - Throws: ``BundleError``.
    public func prepare(_ tools: Toolbox) async throws {
        if areThere { return }
        do {
            try FileManager.default.createDirectory(
                atPath: directory,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw BundleError.file(path: directory, reason: "it cannot be made")
        }
        let scratch = try ScratchDirectory(in: directory)
        let configuration = try scratch.write(Self.configuration, to: "openssl.cnf")
        try await tools.run(
            .authority(
                key: scratch.file("ca-key.pem"),
                certificate: scratch.file("ca.pem"),
                subject: "/O=Homie/OU=\(Self.unit)/CN=Homie development CA",
                configuration: configuration,
                days: Self.days
            ),
            to: "make the development authority"
        )
        try await tools.run(
            .request(
                key: scratch.file("key.pem"),
                request: scratch.file("request.pem"),
                subject: "/O=Homie/OU=\(Self.unit)/CN=Homie development signer",
                configuration: configuration
            ),
            to: "make the development key"
        )
        try await tools.run(
            .certificate(
                request: scratch.file("request.pem"),
                authority: scratch.file("ca.pem"),
                authorityKey: scratch.file("ca-key.pem"),
                extensions: configuration,
                output: scratch.file("cert.pem"),
                days: Self.days
            ),
            to: "certify the development key"
        )
        // The authority's certificate last: with it, everything is there.
        try place(scratch.file("ca-key.pem"), authorityKey, mode: 0o600)
        try place(scratch.file("key.pem"), signer.key, mode: 0o600)
        try place(scratch.file("cert.pem"), signer.certificate, mode: 0o644)
        try place(scratch.file("ca.pem"), authority, mode: 0o644)
    }

    private func place(_ source: String, _ destination: String, mode: Int) throws {
        do {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: source)
            if FileManager.default.fileExists(atPath: destination) {
                // Never overwritten: something may have been signed with it.
                try FileManager.default.moveItem(atPath: destination, toPath: destination + ".incomplete")
            }
            try FileManager.default.moveItem(atPath: source, toPath: destination)
        } catch {
            throw BundleError.file(path: destination, reason: "it cannot be put there")
        }
    }

    /// What a certificate file says.
    ///
    /// - Throws: ``BundleError``.
    public static func describe(_ certificate: String, _ tools: Toolbox) async throws -> CertificateSummary {
        let text = try await tools.run(.describe(certificate: certificate), to: "read the certificate '\(certificate)'")
        guard let summary = CertificateSummary(opensslOutput: text) else {
            throw BundleError.file(path: certificate, reason: "it is not a certificate")
        }
        return summary
    }

    /// What each certificate of a key ring says, in their order: whoever trusts the file trusts them all.
    ///
    /// - Throws: ``BundleError``, also where there is none in it.
    public static func authorities(in keyring: String, _ tools: Toolbox) async throws -> [CertificateSummary] {
        guard let data = FileManager.default.contents(atPath: keyring) else {
            throw BundleError.file(path: keyring, reason: "it cannot be read")
        }
        let scratch = try ScratchDirectory(in: FileManager.default.temporaryDirectory.path)
        var found: [CertificateSummary] = []
        for block in certificates(in: String(decoding: data, as: UTF8.self)) {
            let file = try scratch.write(block, to: "\(found.count).pem")
            found.append(try await describe(file, tools))
        }
        if found.isEmpty { throw BundleError.file(path: keyring, reason: "it holds no certificate in PEM") }
        return found
    }

    /// The blocks of a PEM file (RFC 7468) that are certificates, of whatever kind.
    private static func certificates(in text: String) -> [String] {
        var blocks: [String] = []
        var open: String?
        for line in text.split(whereSeparator: \.isNewline) {
            if line.hasPrefix("-----BEGIN "), line.contains("CERTIFICATE-----") { open = "" }
            open?.append(line + "\n")
            if line.hasPrefix("-----END "), let block = open {
                blocks.append(block)
                open = nil
            }
        }
        return blocks
    }

    private static let configuration = """
        [req]
        distinguished_name=name
        prompt=no
        [name]
        [authority]
        basicConstraints=critical,CA:TRUE
        keyUsage=critical,keyCertSign,cRLSign
        subjectKeyIdentifier=hash
        authorityKeyIdentifier=keyid:always
        [signer]
        basicConstraints=critical,CA:FALSE
        keyUsage=critical,digitalSignature
        extendedKeyUsage=codeSigning
        subjectKeyIdentifier=hash
        authorityKeyIdentifier=keyid:always

        """
}
