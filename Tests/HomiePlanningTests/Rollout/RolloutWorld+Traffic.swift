import HomieModel
import HomiePlanning

extension RolloutWorld {
    /// What both versions of a canary answered since its step began.
    func window(_ record: RolloutRecord) -> CanaryWindow? {
        guard let begun = record.stepStartedAt else { return nil }
        let requests = Int((stamp - begun).nanoseconds / 5_000_000)
        let quality = qualities[record.digest] ?? .good
        let isSlow = quality == .isSlow
        return CanaryWindow(
            new: TrafficSample(
                requests: requests,
                errors: quality == .failsRequests ? requests / 20 : 0,
                slow: .milliseconds(isSlow ? 130 : 100),
                slower: isSlow ? requests / 3 : requests / 20
            ),
            old: TrafficSample(requests: requests, slow: .milliseconds(100)),
            slowSpells: isSlow ? requests / 4 : requests / 20
        )
    }
}
