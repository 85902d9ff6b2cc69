/// What a certificate says about itself.
public struct CertificateSummary: Sendable, Hashable, Codable {
    /// RFC 2253, e.g. `CN=Homie signer,OU=Development,O=Homie`.
    public var subject: String
    public var issuer: String
    /// ISO 8601 in UTC.
    public var expires: String
    /// SHA-256 of the certificate, pairs of digits with colons.
    public var fingerprint: String

    /// Keys that anybody can make for himself; a release takes nothing that they have signed.
    public var isForDevelopment: Bool { Self.marksDevelopment(subject) || Self.marksDevelopment(issuer) }

    /// Whether a name carries the mark of development keys, in the notation of RFC 2253 or OpenSSL's own.
    static func marksDevelopment(_ name: String) -> Bool {
        var plain = ""
        for character in name where character != " " { plain.append(character) }
        return plain.split(separator: ",").contains("OU=\(DevelopmentKeys.unit)")
    }

    /// From the output of ``OpenSSLCommand/describe(certificate:)``.
    init?(opensslOutput text: String) {
        var fields: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            guard let equals = line.firstIndex(of: "=") else { continue }
            fields[line[..<equals].lowercased()] = String(line[line.index(after: equals)...].drop { $0 == " " })
        }
        let fingerprint = fields.first { $0.key.hasSuffix("fingerprint") }?.value
        guard let subject = fields["subject"], let issuer = fields["issuer"], let expires = fields["notafter"],
            let fingerprint
        else { return nil }
        self.subject = subject
        self.issuer = issuer
        self.expires = expires
        self.fingerprint = fingerprint
    }
}
