import HomieModel
import HomiePlanning

extension Supervisor {
    /// Why the supervisor cannot do its work, as a clause; nil when it can.
    public var unreadiness: String? {
        guard isLoaded else { return "the state is not loaded yet" }
        guard isSynced else { return "the container engine does not answer: \(engineFailure ?? "not connected yet")" }
        return nil
    }

    /// Nothing is being deployed or worked on.
    public var isAtRest: Bool { stacks.values.allSatisfy { $0.history.busy.isEmpty && !$0.isDeploying } }

    /// One line for a person: `2 stacks, 7 of 8 replicas as wanted`.
    public var summary: String {
        guard isSynced else { return "waits for the container engine" }
        let dispositions = stacks.values.flatMap(\.plan.dispositions.values)
        let good = dispositions.count { $0.isConverged }
        return "\(stacks.count) stacks, \(good) of \(dispositions.count) replicas as wanted"
    }
}
