public import HomieModel

/// The container engine, as jobs need it beside ``ContainerEngine``.
public protocol JobExecution: Sendable {
    /// Returns when the container has ended, with its exit code; nil when there is no such container.
    func waitUntilEnded(_ id: String) async throws -> Int?
    /// Prepares a command in a running container; nothing runs yet. Returns its ID.
    ///
    /// - Parameter user: nil for the container's own.
    func prepareExecution(
        _ command: [String],
        in container: String,
        environment: [String: String],
        user: String?
    ) async throws -> String
    /// Starts a prepared command and hands over what it writes; returns when its streams have closed.
    func startExecution(
        _ id: String,
        output: @escaping @Sendable (LogLine.Channel, [UInt8]) -> Void
    ) async throws
    /// How a command stands; nil when the engine does not know it any more.
    func execution(_ id: String) async throws -> ExecutionState?
}

/// How a command in a container stands.
public enum ExecutionState: Sendable, Hashable {
    case prepared, running
    /// With its exit code.
    case ended(Int)
}

/// What is free on the device now.
public protocol HeadroomSource: Sendable {
    /// Nil when it cannot be read.
    func headroom() async -> DeviceHeadroom?
}

public struct DeviceHeadroom: Sendable, Hashable {
    /// CPUs that were idle since the last question.
    public var cpus: Double
    public var memory: ByteCount
    /// The part of the last ten seconds in which tasks waited for storage (PSI `some avg10`), in percent.
    public var ioPressure: Double?

    public init(cpus: Double, memory: ByteCount, ioPressure: Double?) {
        self.cpus = cpus
        self.memory = memory
        self.ioPressure = ioPressure
    }
}
