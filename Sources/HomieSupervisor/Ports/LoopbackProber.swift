public import HomieModel

/// Puts the question of a container's health check to its server, without a process in the container.
public protocol LoopbackProber: Sendable {
    /// True when the server says yes at the container's address, and listens so that the same is heard over the
    /// container's loopback. False in every other case, and when that cannot be told.
    ///
    /// - Parameters:
    ///   - process: a process in the container's network, as this host numbers it.
    ///   - address: the container's IPv4 address.
    func passes(_ check: LoopbackCheck, process: Int, address: String, timeout: TimeSpan) async -> Bool
}
