public import HomieModel

/// Why an authority issues no certificate.
public enum ACMEError: UserFacingError {
    /// The authority's answer is a problem document (RFC 8555, section 6.7).
    case refused(host: String?, type: String, detail: String)
    /// It does not answer, or not as it should; one clause.
    case unexpected(String)
    case unreachable(underlying: any Error)
    /// A name that cannot be proven the way that is set up.
    case noWay(HostPattern)
    /// The command that sets DNS records; its own words.
    case hook(host: HostPattern, words: String)
    /// It did not decide in time.
    case slow(host: HostPattern)
    case key(String)

    public var summary: String {
        switch self {
        case .refused(let host, _, let detail):
            "the certificate authority refuses\(host.map { " '\($0)'" } ?? ""): \(detail)"
        case .unexpected(let what): "the certificate authority's answer cannot be used: \(what)"
        case .unreachable: "the certificate authority does not answer"
        case .noWay(let host): "'\(host)' can be proven over DNS only"
        case .hook(let host, let words): "the record for '\(host)' could not be set: \(words)"
        case .slow(let host): "the certificate authority did not decide about '\(host)' in time"
        case .key(let reason): "the account's key cannot be used: \(reason)"
        }
    }

    public var hint: String? {
        switch self {
        case .refused(_, let type, _) where type.hasSuffix(":unauthorized") || type.hasSuffix(":connection"):
            "the name must lead to this device's port 80 from the Internet, or set 'acme-dns-hook'"
        case .refused(_, let type, _) where type.hasSuffix(":dns"): "check the name's records at its DNS provider"
        case .refused(_, let type, _) where type.hasSuffix(":rateLimited"): "it is tried again later"
        case .noWay: "set 'acme-dns-hook' to a program that sets records at the name's DNS provider"
        case .hook: "run the program of 'acme-dns-hook' by hand"
        case .unreachable: "check the network, and 'acme-directory'"
        case .refused, .unexpected, .slow, .key: nil
        }
    }

    public var kind: ErrorKind {
        switch self {
        case .refused, .noWay: .refused
        case .unreachable, .slow: .unreachable
        case .unexpected, .hook, .key: .failed
        }
    }

    public var underlying: (any Error)? {
        guard case .unreachable(let error) = self else { return nil }
        return error
    }

    /// True when trying again soon would only cost the authority's patience.
    var isLasting: Bool {
        switch self {
        case .refused, .noWay, .hook: true
        case .unexpected, .unreachable, .slow, .key: false
        }
    }
}
