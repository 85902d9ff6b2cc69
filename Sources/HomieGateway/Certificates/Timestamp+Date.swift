import FoundationEssentials
import HomieModel

extension Timestamp {
    /// Whole seconds. A certificate may hold for thousands of years (RFC 5280, section 4.1.2.5, has 9999 for one without an
    /// end): what is further away than can be told is as far as can be told.
    init(_ date: Date) {
        let limit = Double(Int64.max / 1_000_000_000)
        let seconds = date.timeIntervalSince1970
        if seconds >= limit {
            self.init(nanoseconds: .max)
        } else if seconds <= -limit {
            self.init(nanoseconds: .min)
        } else {
            self.init(nanoseconds: Int64(seconds) * 1_000_000_000)
        }
    }
}
