public import HomieModel

/// A certificate that a service is to have.
public struct CertificateRequest: Sendable, Hashable {
    public var stack: StackName
    public var service: ServiceName
    /// The first one is what it is called.
    public var names: [String]
    public var lifetime: TimeSpan

    public init(stack: StackName, service: ServiceName, names: [String], lifetime: TimeSpan) {
        self.stack = stack
        self.service = service
        self.names = names
        self.lifetime = lifetime
    }
}

/// What a service has.
public struct ProvidedCertificate: Sendable, Hashable {
    /// Issued just now.
    public var isNew: Bool
    /// The directory was not there: a container that runs already looks into one that is gone.
    public var hasNewDirectory: Bool
    public var expiresAt: Timestamp
    /// When it is to be renewed.
    public var dueAt: Timestamp

    public init(isNew: Bool, hasNewDirectory: Bool, expiresAt: Timestamp, dueAt: Timestamp) {
        self.isNew = isNew
        self.hasNewDirectory = hasNewDirectory
        self.expiresAt = expiresAt
        self.dueAt = dueAt
    }
}

/// The device's authority, and the directories that services find their certificates in: in memory only.
public protocol ServiceCertificates: Sendable {
    /// The directory of a service on the host.
    func directory(of service: ServiceName, in stack: StackName) -> String
    /// Makes sure that a service's directory holds a good certificate.
    func provide(_ request: CertificateRequest) async throws -> ProvidedCertificate
    /// Removes the directories of all services but these.
    func keep(only services: [(stack: StackName, service: ServiceName)]) async throws
}
