public import HomieModel

/// Body of `POST /os/install`.
public struct SystemInstallRequest: Sendable, Hashable, Codable {
    /// A version, a file on the device or an address; nil for the newest version.
    public var source: String?
    public var restarts: Bool

    public init(source: String?, restarts: Bool) {
        self.source = source
        self.restarts = restarts
    }
}

extension APIClient {
    /// The device's operating system.
    public func system() async throws -> SystemStatus { try await call(.getSystem) }

    /// Begins an install; ``system()`` tells how it goes.
    public func installSystem(_ source: InstallSource, restarts: Bool) async throws -> SystemStatus {
        try await call(.installSystem, body: SystemInstallRequest(source: source.text, restarts: restarts))
    }

    /// The other system starts next, or a pending update is called off.
    public func rollbackSystem() async throws -> SystemStatus { try await call(.rollbackSystem) }

    /// Restarts the device.
    public func restartSystem() async throws -> SystemStatus { try await call(.restartSystem) }
}
