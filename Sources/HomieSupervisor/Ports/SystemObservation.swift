public import HomieModel

/// Reads the system layer of this device.
public protocol SystemObservation: Sendable {
    /// How it stands now.
    ///
    /// - Parameter engineData: the folder of the engine's data, where it is known.
    func reading(engineData: String?) async -> SystemReading
}
