public import HomieModel

/// The device's operating system, as the API needs it. There is none where homied runs on somebody else's Debian.
public protocol SystemControl: Sendable {
    /// Both slots, what is under way, and how earlier updates ended.
    func status() async throws -> SystemStatus
    /// Begins an install; how it goes is in the status.
    ///
    /// - Parameter restarts: restarts the device into the new system when it is installed.
    func install(_ source: InstallSource, restarts: Bool) async throws
    /// Goes back to the other system with the next start, or calls a pending update off.
    func rollback() async throws
    /// Writes down what works, then restarts the device.
    func restart() async throws
}
