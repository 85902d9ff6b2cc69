import HomieModel
import HomiePlanning
public import Logging

/// Looks at everything every ten seconds, keeps the last hour in memory and hands the rest to the archive.
public actor MeasurementRecorder {
    private let source: any MeasurementSource
    private let store: any MeasurementStore
    let archive: MeasurementArchive
    let clocks: Clocks
    private let logger: Logger
    var book: MeasurementBook
    /// Names in the book, taken apart once.
    private var names: [String: SeriesName] = [:]
    /// What the store has not taken yet.
    private var waiting: [MeasurementBook.ChunkWrite] = []
    private var isFailing = false
    private var isFull = false
    private var clockTrust = ClockTrust()

    /// Points that wait for a store that refuses them; then the oldest go.
    private static let mostWaiting = 4 * MeasurementBook.mostSeries

    public init(
        source: any MeasurementSource,
        store: any MeasurementStore,
        clocks: Clocks = .system(),
        logger: Logger
    ) {
        self.source = source
        self.store = store
        self.clocks = clocks
        self.logger = logger
        archive = MeasurementArchive(store: store)
        book = MeasurementBook(now: clocks.wall())
    }

    /// Looks until the task is cancelled, then hands over what there is.
    public func run() async {
        while !Task.isCancelled {
            let step = Resolution.raw.step * 1_000_000_000
            let now = clocks.wall().nanoseconds
            let wait = step - (now % step + step) % step
            do { try await Task.sleep(for: .nanoseconds(wait)) } catch { break }
            await look()
        }
        // The task is cancelled already, and the store would notice.
        await Task { await self.handOver(isLast: true) }.value
    }

    /// One look, now.
    public func look() async {
        let readings = await source.readings()
        clockTrust.note(clocks)
        book.add(readings, at: clocks.wall())
        if let refused = book.refused, !isFull {
            logger.warning(
                "there are more series than the history keeps: the newest are left out",
                metadata: ["count": "\(refused.count)", "first": "\(refused.first)"]
            )
        }
        isFull = book.refused != nil
        await handOver(isLast: false)
    }

    private func handOver(isLast: Bool) async {
        let batch = book.takeBatch(now: clocks.wall(), isLast: isLast)
        guard !batch.isEmpty || (isLast && !waiting.isEmpty) else { return }
        let writes = waiting + batch
        waiting = []
        do {
            try await archive.take(writes, now: clocks.wall(), dropsOld: clockTrust.now(clocks) != nil)
            isFailing = false
        } catch {
            waiting = Array((writes + waiting).suffix(Self.mostWaiting))
            if !isFailing { logger.warning("measurements cannot be stored", metadata: ["error": "\(error)"]) }
            isFailing = true
        }
    }

    /// The series in memory that match.
    func recentNames(_ selector: SeriesSelector) -> [SeriesName] {
        book.seriesNames.compactMap(name).filter(selector.matches)
    }

    func name(_ text: String) -> SeriesName? {
        if let known = names[text] { return known }
        if names.count > 2 * MeasurementBook.mostSeries { names = [:] }
        let name = SeriesName(parsing: text)
        names[text] = name
        return name
    }

    func storedNames() async throws -> [String] { try await store.measuredSeries() }
}
