/// A certificate of the gateway as the API and the CLI show it.
public struct CertificateStatus: Sendable, Hashable, Codable {
    public enum Origin: String, Sendable, Hashable, Codable, CaseIterable {
        /// Issued by the device's own authority.
        case device
        /// A file of the owner's.
        case file
        /// Issued by a public authority (ACME).
        case acme
    }

    /// The names it is for; the first one is what it is called.
    public var names: [String]
    public var origin: Origin
    /// Who signed it; nil while there is none.
    public var issuer: String?
    public var expiresAt: Timestamp?
    /// What is wrong, in one sentence.
    public var problem: String?

    public init(
        names: [String],
        origin: Origin,
        issuer: String? = nil,
        expiresAt: Timestamp? = nil,
        problem: String? = nil
    ) {
        self.names = names
        self.origin = origin
        self.issuer = issuer
        self.expiresAt = expiresAt
        self.problem = problem
    }
}

/// The device's own authority, for people to trust.
public struct AuthorityCertificate: Sendable, Hashable, Codable {
    /// PEM
    public var certificate: String
    /// SHA-256, as browsers show it: `AB:CD:…`.
    public var fingerprint: String
    /// What to do with it, a step a line.
    public var instructions: [String]

    public init(certificate: String, fingerprint: String, instructions: [String]) {
        self.certificate = certificate
        self.fingerprint = fingerprint
        self.instructions = instructions
    }
}
