public import HomieModel

/// What a device without a browser shows, and keeps (RFC 8628, section 3.2).
public struct DeviceStartAnswer: Sendable, Hashable, Codable {
    public var deviceCode: String
    public var userCode: String
    public var expiresAt: Timestamp
    /// Seconds between two questions.
    public var interval: Int

    public init(deviceCode: String, userCode: String, expiresAt: Timestamp, interval: Int) {
        self.deviceCode = deviceCode
        self.userCode = userCode
        self.expiresAt = expiresAt
        self.interval = interval
    }
}

/// Body of `POST /device/token`.
public struct DeviceRequest: Sendable, Hashable, Codable {
    public var deviceCode: String
    public init(deviceCode: String) { self.deviceCode = deviceCode }
}

/// Body of `POST /device/decision`.
public struct DeviceDecision: Sendable, Hashable, Codable {
    public var userCode: String
    public var allows: Bool

    public init(userCode: String, allows: Bool) {
        self.userCode = userCode
        self.allows = allows
    }
}

/// Which device was let in or turned away.
public struct DeviceAnswer: Sendable, Hashable, Codable {
    /// As it names itself.
    public var client: String
    public var allows: Bool

    public init(client: String, allows: Bool) {
        self.client = client
        self.allows = allows
    }
}

/// Where a browser is sent.
public struct RedirectAnswer: Sendable, Hashable, Codable {
    public var location: String
    public init(location: String) { self.location = location }
}
