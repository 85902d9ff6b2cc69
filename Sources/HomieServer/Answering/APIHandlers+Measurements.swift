import HomieAPI
import HomieModel
import HomieSupervisor
import Hummingbird

extension APIHandlers {
    /// What is asked about measurements.
    func measured(_ operation: Operation, _ query: Query) async throws -> Response {
        guard let measurements else { throw NotMeasured() }
        switch operation {
        case .listSeries: return .json(SeriesNamesAnswer(series: try await measurements.seriesNames()))
        case .showUsage: return .json(await measurements.usage())
        default: return .json(try await measurements.range(try rangeRequest(query)))
        }
    }

    private func rangeRequest(_ query: Query) throws -> RangeRequest {
        let end = query.time("end") ?? now()
        return RangeRequest(
            selector: try SeriesSelector(parsing: query.text("series") ?? ""),
            function: try query.text("function").map { try MeasurementFunction(parsing: $0) } ?? .mean,
            start: query.time("start") ?? end + .seconds(-3600),
            end: end,
            step: query.integer("step").map { TimeSpan.seconds(Double($0)) },
            isTotal: query.flag("total")
        )
    }
}
