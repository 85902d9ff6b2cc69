/// What the history keeps of one container: counters since it began, and its memory.
struct ContainerSample: Equatable {
    enum Counter: Int, CaseIterable {
        /// Seconds.
        case processors, throttled
        /// Bytes.
        case received, sent, read, written
    }

    private var counters: [Double?] = Array(repeating: nil, count: Counter.allCases.count)
    /// The working set in bytes.
    var memory: Double?

    subscript(counter: Counter) -> Double? {
        get { counters[counter.rawValue] }
        set { counters[counter.rawValue] = newValue }
    }
}
