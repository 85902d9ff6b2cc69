public import HomieModel
public import HomiePlanning

/// Where the history's readings come from.
public protocol MeasurementSource: Sendable {
    /// One look at everything that the history keeps.
    func readings() async -> [MeasurementBook.Reading]
}

/// The measured past and present, as the API and alerts need it.
public protocol MeasurementInspection: Sendable {
    /// The names of all series of which something is known, in order.
    func seriesNames() async throws -> [String]
    /// - Throws: ``MeasurementError``, what the store says.
    func range(_ request: RangeRequest) async throws -> MeasuredRange
    /// What is used right now.
    func usage() async -> UsageTable
    /// One value for each matching series over the last `window`, which is an hour at most; those that were not seen are
    /// left out.
    func values(
        of selector: SeriesSelector,
        _ function: MeasurementFunction,
        over window: TimeSpan
    ) async -> [SeriesName: Double]
    /// One figure over the last `window`, however long: the sum of the series that match, or their least or most. Nil when
    /// none does.
    ///
    /// - Throws: ``MeasurementError``, what the store says.
    func summary(
        of selector: SeriesSelector,
        _ function: MeasurementFunction,
        over window: TimeSpan
    ) async throws -> MeasuredSummary?
}
