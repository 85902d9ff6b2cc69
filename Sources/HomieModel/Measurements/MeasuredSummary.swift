/// One figure for a whole window of the past.
public struct MeasuredSummary: Sendable, Hashable {
    /// Over all series that match.
    public var value: Double
    /// How much of the window was seen, from 0 to 1; of the series of which the least was seen.
    public var coverage: Double

    public init(value: Double, coverage: Double) {
        self.value = value
        self.coverage = coverage
    }
}
