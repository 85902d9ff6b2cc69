import Synchronization

/// Counts the marks that a working loop sets, one after each round; shared between the loop and its ``Watchdog``.
public final class ProgressCounter: Sendable {
    private let marks = Atomic<UInt64>(0)

    public init() {}

    /// Says that the work has got on.
    public func advance() { marks.wrappingAdd(1, ordering: .relaxed) }

    /// How many marks have been set so far.
    public var value: UInt64 { marks.load(ordering: .relaxed) }
}
