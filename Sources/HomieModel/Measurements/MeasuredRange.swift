/// A question about the past.
public struct RangeRequest: Sendable, Hashable {
    public var selector: SeriesSelector
    public var function: MeasurementFunction
    public var start: Timestamp
    /// Excluded.
    public var end: Timestamp
    /// Nil for one that gives a few hundred points at most.
    public var step: TimeSpan?
    /// The series that match are added up.
    public var isTotal: Bool

    public init(
        selector: SeriesSelector,
        function: MeasurementFunction = .mean,
        start: Timestamp,
        end: Timestamp,
        step: TimeSpan? = nil,
        isTotal: Bool = false
    ) {
        self.selector = selector
        self.function = function
        self.start = start
        self.end = end
        self.step = step
        self.isTotal = isTotal
    }
}

/// What was measured in a range.
public struct MeasuredRange: Sendable, Hashable, Codable {
    public struct Series: Sendable, Hashable, Codable {
        /// As ``SeriesName`` writes it.
        public var name: String
        public var metric: String
        public var labels: [String: String]
        /// Pairs of seconds since 1970 (the step's begin) and value; steps in which nothing was seen are left out.
        public var points: [[Double]]

        public init(name: SeriesName, points: [[Double]]) {
            self.name = name.description
            metric = name.metric
            labels = Dictionary(name.labels.map { ($0.name, $0.value) }) { first, _ in first }
            self.points = points
        }
    }

    public var function: MeasurementFunction
    public var start: Timestamp
    public var end: Timestamp
    /// Seconds from one point to the next.
    public var step: Int64
    /// Seconds that a stored point stands for where the values come from.
    public var resolution: Int64
    public var series: [Series]

    public init(
        function: MeasurementFunction,
        start: Timestamp,
        end: Timestamp,
        step: Int64,
        resolution: Int64,
        series: [Series]
    ) {
        self.function = function
        self.start = start
        self.end = end
        self.step = step
        self.resolution = resolution
        self.series = series
    }
}
