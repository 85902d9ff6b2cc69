public import HomieModel
internal import HomieSupervisor
internal import Logging

/// Whoever signed out is let in by no service any more. The file is what holds; the running process is told at once.
extension GatewayController {
    /// Refuses the tokens of sessions from now on.
    ///
    /// - Throws: ``GatewayError`` when it cannot be written down; a process that cannot be told is told later.
    public func refuse(_ sessions: [EndedSession]) async throws(GatewayError) {
        guard settings.sessionKey != nil, !sessions.isEmpty else { return }
        var known = try knownEndedSessions()
        for session in sessions { known.insert(session) }
        try AtomicFile.makeFolder(settings.paths.directory)
        try AtomicFile.write(known.text, to: settings.paths.endedSessions)
        endedSessions = known
        let map = settings.paths.endedSessions
        let commands = sessions.map { session in
            RuntimeCommand.addEntry(map: map, key: session.id, value: String(known.ends[session.id] ?? 0))
        }
        await tell(commands)
    }

    /// Lets sessions in again that did not end after all.
    ///
    /// - Throws: ``GatewayError``
    public func admit(_ sessions: [EndedSession]) async throws(GatewayError) {
        guard settings.sessionKey != nil else { return }
        var known = try knownEndedSessions()
        for session in sessions { known.remove(session.id) }
        try AtomicFile.write(known.text, to: settings.paths.endedSessions)
        endedSessions = known
        await tell(sessions.map { .deleteEntry(map: settings.paths.endedSessions, key: $0.id) })
    }

    /// Forgets what has ended by itself, and tells the running process what it was not told yet.
    func keepEndedSessions() async throws(GatewayError) {
        guard settings.sessionKey != nil else { return }
        let map = settings.paths.endedSessions
        if try AtomicFile.read(map) == nil { try AtomicFile.write("", to: map) }
        var known = try knownEndedSessions()
        let past = known.dropPast(now: clocks.wall())
        if !past.isEmpty { try AtomicFile.write(known.text, to: map) }
        endedSessions = known
        if !past.isEmpty { await tell(past.map { .deleteEntry(map: map, key: $0) }) }
        guard !areEndedSessionsTold else { return }
        let answer: String
        // Nobody is told where nobody runs; a new process reads the file.
        do throws(GatewayError) {
            answer = try await runtime.socket.ask(RuntimeCommand.showMap(path: map).text)
        } catch {
            return
        }
        // One with a configuration from before there was this map is about to be replaced.
        guard !answer.hasPrefix("Unknown map") else { return }
        areEndedSessionsTold = true
        // More may have ended while it answered.
        await tell((endedSessions ?? known).commands(map: map, present: RuntimeAnswers.map(answer)))
    }

    private func knownEndedSessions() throws(GatewayError) -> EndedSessions {
        if let endedSessions { return endedSessions }
        return EndedSessions(text: try AtomicFile.read(settings.paths.endedSessions) ?? "")
    }

    private func tell(_ commands: [RuntimeCommand]) async {
        do throws(GatewayError) {
            _ = try await runtime.run(commands)
        } catch {
            areEndedSessionsTold = false
            logger.debug("HAProxy is told later which sessions have ended", metadata: ["error": "\(error)"])
            waker.yield()
        }
    }
}
