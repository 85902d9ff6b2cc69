public import Logging
import Tracing

extension Logger.MetadataProvider {
    /// Which trace and span a line of the log belongs to: `trace` and `span`, in the journal `HOMIE_TRACE` and `HOMIE_SPAN`.
    public static let tracePlace = Logger.MetadataProvider {
        guard let place = ServiceContext.current?.tracePlace else { return [:] }
        return ["trace": "\(place.trace)", "span": "\(place.span)"]
    }
}
