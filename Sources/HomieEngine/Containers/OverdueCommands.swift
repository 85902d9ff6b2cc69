internal import Synchronization

/// Commands in containers that did not end in time. The engine has no way to end them, so that a check that hangs would leave
/// one more process behind with every try.
final class OverdueCommands: Sendable {
    struct Key: Hashable, Sendable {
        var container: String
        var command: [String]
    }

    /// Each entry is looked at before the same command is run again; more are forgotten, since their containers are gone.
    private static let capacity = 256
    /// IDs of the engine's, by what they run.
    private let executions = Mutex<[Key: String]>([:])

    subscript(key: Key) -> String? { executions.withLock { $0[key] } }

    func note(_ execution: String, _ key: Key) {
        executions.withLock {
            if $0.count >= Self.capacity { $0 = [:] }
            $0[key] = execution
        }
    }

    func forget(_ key: Key) { executions.withLock { $0[key] = nil } }
}
