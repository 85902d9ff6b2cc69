/// The offsets of one time zone from UTC, for all time: a compiled zone file (RFC 9636) as rules.
///
/// Offsets are seconds east of UTC, instants are seconds since 1970-01-01T00:00:00Z.
public struct TimeZoneRules: Sendable, Hashable {
    /// A stretch of time in which the offset stays the same.
    public struct Segment: Sendable, Hashable {
        /// The first instant; `Int64.min` when there is none.
        public var start: Int64
        /// The first instant after it; `Int64.max` when there is none.
        public var end: Int64
        public var offset: Int64
        /// The offset just before ``start``.
        public var previousOffset: Int64
    }

    struct Transition: Sendable, Hashable {
        var at: Int64
        /// The offset from then on.
        var offset: Int64
    }

    /// Only real changes of the offset, in ascending order.
    let transitions: [Transition]
    /// The offset before the first transition.
    let firstOffset: Int64
    /// The rule for the time after the last transition.
    let footer: YearlyRule?

    init(transitions: [Transition], firstOffset: Int64, footer: YearlyRule?) {
        var kept: [Transition] = []
        for transition in transitions where transition.offset != (kept.last?.offset ?? firstOffset) {
            kept.append(transition)
        }
        self.transitions = kept
        self.firstOffset = firstOffset
        self.footer = footer
    }

    public static let utc = TimeZoneRules(transitions: [], firstOffset: 0, footer: nil)

    public func offset(at instant: Int64) -> Int64 { segment(at: instant).offset }

    /// The stretch of constant offset that `instant` lies in.
    public func segment(at instant: Int64) -> Segment {
        let next = index(after: instant)
        if next == transitions.count, let footer, footer.changes {
            return ruledSegment(at: instant, footer)
        }
        let offset = next == 0 ? firstOffset : transitions[next - 1].offset
        return Segment(
            start: next == 0 ? .min : transitions[next - 1].at,
            end: next < transitions.count ? transitions[next].at : .max,
            offset: offset,
            previousOffset: next < 2 ? firstOffset : transitions[next - 2].offset
        )
    }

    /// The index of the first transition after `instant`.
    private func index(after instant: Int64) -> Int {
        var low = 0
        var high = transitions.count
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle].at <= instant { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func ruledSegment(at instant: Int64, _ footer: YearlyRule) -> Segment {
        let year = Civil.year(of: instant)
        let last = transitions.last
        var known: [Transition] = last.map { [$0] } ?? []
        let ruled = (year - 2...year + 2).flatMap { footer.transitions(in: $0) }.sorted { $0.at < $1.at }
        for transition in ruled where transition.at > (last?.at ?? .min) {
            if transition.offset != (known.last?.offset ?? firstOffset) { known.append(transition) }
        }
        let next = known.firstIndex { $0.at > instant } ?? known.count
        let before = last == nil || transitions.count < 2 ? firstOffset : transitions[transitions.count - 2].offset
        return Segment(
            start: next == 0 ? .min : known[next - 1].at,
            end: next < known.count ? known[next].at : .max,
            offset: next == 0 ? firstOffset : known[next - 1].offset,
            previousOffset: next < 2 ? before : known[next - 2].offset
        )
    }
}

/// The zones a planner may need, by IANA name; whoever calls the planner has read their files.
public struct TimeZoneTable: Sendable, Hashable {
    private var zones: [String: TimeZoneRules]

    public init(_ zones: [String: TimeZoneRules] = [:]) { self.zones = zones }

    /// The rules of a zone; `UTC` is always there.
    public subscript(name: String) -> TimeZoneRules? {
        get { zones[name] ?? (["UTC", "Etc/UTC", "Z"].contains(name) ? .utc : nil) }
        set { zones[name] = newValue }
    }

    /// True for text that can be a zone's name below the zone directory: no path that leads out of it.
    public static func isName(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return text.utf8.count <= 64
            && parts.allSatisfy { part in
                !part.isEmpty
                    && part.utf8.allSatisfy { byte in
                        switch byte {
                        case 0x61...0x7A, 0x41...0x5A, 0x30...0x39, 0x5F, 0x2D, 0x2B: true
                        default: false
                        }
                    }
            }
    }
}
