import HomieModel
import HomieSupervisor
import Synchronization

/// A past that says one thing, and remembers what it was asked.
final class Past: MeasurementInspection {
    let value = Mutex(0.0)
    let questions = Mutex<Set<String>>([])
    /// What each series did in the last hour.
    let lastHour = Mutex<[String: Double]>([:])

    func seriesNames() async throws -> [String] { [] }
    func range(_ request: RangeRequest) async throws -> MeasuredRange { throw MeasurementError.range }
    func usage() async -> UsageTable { UsageTable(host: UsageTable.Host(), services: []) }
    func values(
        of selector: SeriesSelector,
        _ function: MeasurementFunction,
        over window: TimeSpan
    ) async -> [SeriesName: Double] {
        let found = lastHour.withLock { $0 }.compactMap { text, value in
            SeriesName(parsing: text).map { ($0, value) }
        }
        return Dictionary(uniqueKeysWithValues: found).filter { selector.matches($0.key) }
    }

    func summary(
        of selector: SeriesSelector,
        _ function: MeasurementFunction,
        over window: TimeSpan
    ) async throws -> MeasuredSummary? {
        _ = questions.withLock { $0.insert("\(selector) \(function) \(Int(window.seconds))") }
        return MeasuredSummary(value: value.withLock { $0 }, coverage: 1)
    }
}
