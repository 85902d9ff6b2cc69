internal import HomieModel

/// What libcurl says of certificates (CURLINFO_CERTINFO, CURLINFO_SSL_VERIFYRESULT).
enum CertificateText {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// The line `Expire date:` as OpenSSL (`Nov  6 07:20:50 2027 GMT`) or GnuTLS (`2027-11-06 07:20:50 GMT`) has it.
    static func expiry(_ lines: [String]) -> Timestamp? {
        guard let line = lines.first(where: { $0.hasPrefix("Expire date:") }) else { return nil }
        let words = line.dropFirst(12).split(separator: " ").map(String.init)
        guard words.last == "GMT" else { return nil }
        switch words.count {
        case 3: return Timestamp(rfc3339: "\(words[0])T\(words[1])Z")
        case 5:
            guard let month = months.firstIndex(of: words[0]) else { return nil }
            return Timestamp(rfc3339: "\(words[3])-\(twoDigits(month + 1))-\(padded(words[1]))T\(words[2])Z")
        default: return nil
        }
    }

    /// Why a certificate is not trusted, as a clause (openssl-verification-options(1)); 0 stands for a name that is not its.
    static func clause(verification code: Int) -> String {
        switch code {
        case 0, 62, 64: "is for another name"
        case 9: "is not valid yet"
        case 10: "has expired"
        case 18, 19: "is signed by itself"
        case 2, 20, 21: "is of an authority that this device does not know"
        case 23: "was revoked"
        default: "cannot be trusted (verification result \(code))"
        }
    }

    private static func twoDigits(_ number: Int) -> String { padded(String(number)) }

    private static func padded(_ digits: String) -> String { digits.utf8.count == 1 ? "0" + digits : digits }
}
