/// The command lines of `openssl` that make keys and sign documents (openssl-cms(1), openssl-req(1), openssl-x509(1)).
public enum OpenSSLCommand: Sendable, Hashable {
    /// A key on the curve P-256, and a certificate that it has signed itself.
    case authority(key: String, certificate: String, subject: String, configuration: String, days: Int)
    /// A key, and the request for a certificate.
    case request(key: String, request: String, subject: String, configuration: String)
    case certificate(
        request: String,
        authority: String,
        authorityKey: String,
        extensions: String,
        output: String,
        days: Int
    )
    /// Subject, issuer, end of validity and fingerprint of a certificate.
    case describe(certificate: String)
    /// A document with its signature around it: CMS SignedData (RFC 5652) in DER.
    case sign(document: String, output: String, signer: Signer)
    /// Writes the document out of a signed one whose signer leads to one of the authorities.
    case verify(signed: String, authorities: String, output: String)
    case digest(file: String)

    /// The words after `openssl`.
    public var arguments: [String] {
        switch self {
        case .authority(let key, let certificate, let subject, let configuration, let days):
            ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-sha256"]
                + ["-config", configuration, "-extensions", "authority", "-subj", subject, "-days", String(days)]
                + ["-keyout", key, "-out", certificate]
        case .request(let key, let request, let subject, let configuration):
            ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-sha256"]
                + ["-config", configuration, "-subj", subject, "-keyout", key, "-out", request]
        case .certificate(let request, let authority, let authorityKey, let extensions, let output, let days):
            ["x509", "-req", "-sha256", "-in", request, "-CA", authority, "-CAkey", authorityKey, "-CAcreateserial"]
                + ["-extfile", extensions, "-extensions", "signer", "-days", String(days), "-out", output]
        case .describe(let certificate):
            ["x509", "-in", certificate, "-noout", "-subject", "-issuer", "-enddate", "-fingerprint", "-sha256"]
                + ["-nameopt", "RFC2253", "-dateopt", "iso_8601"]
        case .sign(let document, let output, let signer):
            ["cms", "-sign", "-binary", "-nodetach", "-nosmimecap", "-md", "sha256", "-in", document]
                + ["-signer", signer.certificate, "-inkey", signer.key]
                + (signer.isOnToken ? ["-engine", "pkcs11", "-keyform", "engine"] : [])
                + signer.intermediates.flatMap { ["-certfile", $0] } + ["-outform", "DER", "-out", output]
        case .verify(let signed, let authorities, let output):
            // Only the named authorities count, not those of the web. The purpose is not that of e-mail.
            ["cms", "-verify", "-binary", "-inform", "DER", "-in", signed, "-CAfile", authorities]
                + ["-no-CApath", "-no-CAstore", "-purpose", "any", "-out", output]
        case .digest(let file): ["dgst", "-sha256", "-r", file]
        }
    }
}
