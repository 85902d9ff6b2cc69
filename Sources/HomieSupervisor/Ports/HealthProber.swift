public import HomieModel

/// Makes the checks of services that need no process in the container.
public protocol HealthProber: Sendable {
    /// One check, over within its time limit.
    ///
    /// - Parameters:
    ///   - address: the container's IP address, or that of this host.
    func probe(_ kind: ProbeKind, at address: String, timeout: TimeSpan) async -> ProbeOutcome
    /// The body of a page, at most 1 MiB of it; nil when it cannot be had.
    func page(port: UInt16, path: String, at address: String, timeout: TimeSpan) async -> String?
}

/// How a check went.
public struct ProbeOutcome: Sendable, Hashable {
    public var isPassed: Bool
    public var latency: TimeSpan
    /// What was seen, as a clause: `answered 200`, `answered 503, not 200–399`.
    public var detail: String
    /// When the certificate that the service showed expires; nil without TLS.
    public var certificateExpires: Timestamp?

    public init(isPassed: Bool, latency: TimeSpan, detail: String, certificateExpires: Timestamp? = nil) {
        self.isPassed = isPassed
        self.latency = latency
        self.detail = detail
        self.certificateExpires = certificateExpires
    }
}
