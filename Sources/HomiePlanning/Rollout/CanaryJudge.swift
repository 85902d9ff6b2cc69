public import HomieModel

/// Compares a canary with the version it is to replace, both measured over the same time (pure).
public struct CanaryJudge: Sendable {
    public enum Verdict: Sendable, Hashable {
        /// One clause.
        case good(String)
        case bad(String)
        /// Too little was seen.
        case undecided(String)
    }

    let settings: CanarySettings

    public init(_ settings: CanarySettings) { self.settings = settings }

    /// A chance of about one in two hundred that a good version is taken for a bad one, at each look.
    private static let significance = 2.6
    /// Times are measured in milliseconds: less than this is no difference.
    private static let leastDifference = TimeSpan.milliseconds(5)
    /// Fewer errors than this may be anything.
    private static let leastErrors = 3

    public func verdict(_ window: CanaryWindow) -> Verdict {
        if let cause = errors(window) ?? slowness(window) { return .bad(cause) }
        let (new, old) = (window.new, window.old)
        guard new.requests >= settings.minimumSample, old.requests >= settings.minimumSample else {
            return .undecided(
                "\(new.requests) and \(old.requests) requests are fewer than the \(settings.minimumSample) to judge by"
            )
        }
        return .good(
            "\(Self.percent(new.errorRate)) errors against \(Self.percent(old.errorRate)), p95 "
                + "\(Self.time(new.slow)) against \(Self.time(old.slow)), in \(new.requests) and \(old.requests) requests"
        )
    }

    /// More errors than allowed, and more than the old version has, by more than chance (two proportions).
    private func errors(_ window: CanaryWindow) -> String? {
        let (new, old) = (window.new, window.old)
        let enough = max(1, min(settings.minimumSample, 20))
        guard new.requests >= enough, new.errors >= Self.leastErrors, new.errorRate > settings.maximumErrorRate else {
            return nil
        }
        let (n, m) = (Double(new.requests), Double(max(1, old.requests)))
        let difference = new.errorRate - old.errorRate
        let pooled = Double(new.errors + old.errors) / (n + m)
        let deviation = (pooled * (1 - pooled) * (1 / n + 1 / m)).squareRoot()
        // A version that answers nothing right needs no statistics.
        let isWorse = deviation == 0 ? difference > 0 || new.errorRate == 1 : difference / deviation > Self.significance
        let isHopeless = new.errorRate > 0.5 && new.errorRate >= old.errorRate + 0.25
        guard isWorse || isHopeless else { return nil }
        return "\(new.errors) of \(new.requests) answers are errors (\(Self.percent(new.errorRate))), against "
            + "\(Self.percent(old.errorRate)) of the old version in the same time"
    }

    /// The 95th percentile is higher by more than allowed, and the new version is slower than the old one's 95th percentile more
    /// often than chance would have it. Answers are not independent of each other, and one stall of the machine must not condemn
    /// a good version: those that are slow one after another count once, unless such times come again and again.
    private func slowness(_ window: CanaryWindow) -> String? {
        let (new, old) = (window.new, window.old)
        guard new.requests >= max(20, settings.minimumSample), old.requests >= max(20, settings.minimumSample),
            let mine = new.slow, let theirs = old.slow
        else { return nil }
        let difference = mine.nanoseconds - theirs.nanoseconds
        guard difference >= Self.leastDifference.nanoseconds,
            Double(mine.nanoseconds) > Double(theirs.nanoseconds) * (1 + settings.maximumSlowdown)
        else { return nil }
        let n = Double(new.requests)
        // The old version's percentile is an estimate, too.
        let deviation = (0.05 * 0.95 * (1 / n + 1 / Double(old.requests))).squareRoot()
        let isOften = (Double(window.slowSpells) / n - 0.05) / deviation > Self.significance
        guard isOften || isAgainAndAgain(window) else { return nil }
        return "its 95th percentile is \(Self.time(mine)), against \(Self.time(theirs)) of the old version in the same "
            + "time (\(new.requests) and \(old.requests) requests)"
    }

    /// Slow beyond chance in most parts of the window. One stall is of two neighbours at most; of three parts, which is what a
    /// window of few answers has, it may be most of each.
    private func isAgainAndAgain(_ window: CanaryWindow) -> Bool {
        let shares = window.slowShares
        guard shares.count >= 5 else { return !shares.isEmpty && shares.allSatisfy { $0 > 0.5 } }
        let part = Double(window.new.requests) / Double(shares.count)
        let deviation = (0.05 * 0.95 * (1 / part + 1 / Double(window.old.requests))).squareRoot()
        return shares.count { $0 > 0.05 + 1.5 * Self.significance * deviation } > 2
    }

    static func percent(_ share: Double) -> String {
        let tenths = Int((share * 1000).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10) %" : "\(tenths / 10).\(tenths % 10) %"
    }

    static func time(_ span: TimeSpan?) -> String { span.map { "\($0.nanoseconds / 1_000_000) ms" } ?? "unknown" }
}
