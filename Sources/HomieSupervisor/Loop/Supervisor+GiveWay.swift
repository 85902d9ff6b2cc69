import HomieModel
import Logging

extension Supervisor {
    /// Stops a container, and returns when its process has ended: at the engine's event, which comes before the engine has
    /// let go of its network and files. What is left of the stop goes on behind.
    ///
    /// - Throws: what the engine says, when it refuses to stop it.
    func giveWay(_ id: String, in name: StackName) async throws {
        await runPreStop(in: id, of: name)
        guard mirror[id]?.state == .running, endWaiters[id] == nil else { return try await stop(id) }
        stopping.insert(id)
        try await withCheckedThrowingContinuation { continuation in
            endWaiters[id] = continuation
            Task {
                let outcome: Result<Void, any Error>
                do {
                    try await self.stopLimit.run { try await self.engine.stop(id, grace: nil) }
                    outcome = .success(())
                } catch {
                    outcome = .failure(error)
                }
                self.hasStopped(id, outcome)
            }
        }
    }

    /// Stops a container, and returns when the engine is done with it.
    func stop(_ id: String) async throws {
        stopping.insert(id)
        defer { stopping.remove(id) }
        try await stopLimit.run { try await engine.stop(id, grace: nil) }
        answeredStops[id] = clocks.uptime()
        mirror.noteStopped(id, at: clocks.wall(), now: clocks.uptime())
    }

    /// The engine tells of the end of a process.
    func noteEnd(of id: String) { endWaiters.removeValue(forKey: id)?.resume() }

    private func hasStopped(_ id: String, _ outcome: Result<Void, any Error>) {
        let waiter = endWaiters.removeValue(forKey: id)
        switch outcome {
        case .success:
            // The engine's word of this stop may come after its answer, when nothing works on the replica any more: it stays
            // ours until the container is gone or started again.
            mirror.noteStopped(id, at: clocks.wall(), now: clocks.uptime())
            waiter?.resume()
        case .failure(let error):
            stopping.remove(id)
            guard let waiter else {
                logger.warning("a stop was not answered well", metadata: ["error": "\(Self.sentence(error))"])
                return
            }
            waiter.resume(throwing: error)
        }
    }
}
