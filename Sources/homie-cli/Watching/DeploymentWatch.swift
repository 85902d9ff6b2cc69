internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// Stays with a deployment until it has ended, and shows how far it is.
///
/// What counts is the state the daemon gives when asked; events only say when to ask. So nothing is missed, whatever
/// happens to the stream of events.
struct DeploymentWatch {
    /// How the watch ended.
    enum End: Sendable {
        case ended(DeploymentRecord, StackStatus?)
        case interrupted
    }

    /// How long the daemon may be away, e.g. while it is restarted.
    private static let patience: TimeSpan = .seconds(20)

    /// Pauses between two looks while things happen. Each look costs the daemon and this program time that the work
    /// needs; a person wants to see more than a log.
    private static let pauses = (terminal: 0.2, log: 1.0)

    let client: APIClient
    let surroundings: Surroundings
    /// False when nothing is to be shown.
    let isShown: Bool

    /// - Parameter timeout: nil waits for as long as it takes.
    /// - Throws: ``CommandError/timedOut(_:after:)``, ``CommandError/daemonGone(_:)``, what the API throws.
    func follow(_ deployment: DeploymentRecord, timeout: TimeSpan?) async throws -> End {
        let signals = WatchSignals(client: client, stack: deployment.stack, interrupts: surroundings.interrupts)
        var view = DeploymentView(stream: surroundings.console.errors, isShown: isShown, deployment: deployment)
        let begin = surroundings.now()
        var lastAsked = Timestamp(nanoseconds: 0)
        var lastAnswered = begin
        var isStale = true
        let pause = surroundings.console.errors.isTerminal ? Self.pauses.terminal : Self.pauses.log
        for await signal in signals.stream() {
            let now = surroundings.now()
            switch signal {
            case .interrupted:
                try view.finish()
                return .interrupted
            case .listening: isStale = true
            case .event(let event):
                isStale = true
                if event.deployment == deployment.id, event.kind.hasPrefix("deployment.") {
                    lastAsked = Timestamp(nanoseconds: 0)
                }
            case .tick: if (now - lastAsked).seconds >= 2 { isStale = true }
            }
            if let timeout, now - begin >= timeout {
                try view.finish()
                throw CommandError.timedOut(deployment, after: timeout.seconds)
            }
            // Many events at once are one reason to ask.
            if isStale, (now - lastAsked).seconds >= pause {
                isStale = false
                lastAsked = now
                do {
                    let look = try await look(deployment)
                    lastAnswered = surroundings.now()
                    try view.show(look.stack, elapsed: lastAnswered - begin)
                    if look.deployment.state.isFinal {
                        try view.finish(look.stack, elapsed: lastAnswered - begin)
                        return .ended(look.deployment, look.stack)
                    }
                } catch let error as any UserFacingError where error.kind == .unreachable {
                    guard now - lastAnswered < Self.patience else {
                        try view.finish()
                        throw CommandError.daemonGone(deployment.stack)
                    }
                }
            } else {
                try view.tick(elapsed: now - begin)
            }
        }
        throw CancellationError()
    }

    private struct Look {
        var deployment: DeploymentRecord
        var stack: StackStatus?
    }

    private func look(_ deployment: DeploymentRecord) async throws -> Look {
        do {
            let status = try await client.stack(deployment.stack)
            if let own = status.deployment, own.id == deployment.id { return Look(deployment: own, stack: status) }
            return Look(deployment: try await client.deployment(deployment.id), stack: status)
        } catch let error as APIError where error.kind == .notFound {
            // A stack that was taken down is gone with its last container.
            return Look(deployment: try await client.deployment(deployment.id), stack: nil)
        }
    }
}
