public import HomieModel
internal import HomieSupervisor
internal import Logging

/// Whoever signed out is let in by no service any more, and loses what is open. The file is what holds; the running process
/// is told at once.
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
        // Twice: a request may have been let in just before, and be open just after.
        for session in sessions { closing[session.id] = 2 }
        await closeStreams()
        waker.yield()
    }

    /// Lets sessions in again that did not end after all.
    ///
    /// - Throws: ``GatewayError``
    public func admit(_ sessions: [EndedSession]) async throws(GatewayError) {
        guard settings.sessionKey != nil else { return }
        var known = try knownEndedSessions()
        for session in sessions {
            known.remove(session.id)
            closing[session.id] = nil
        }
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
        // The homied before this one may not have come to it.
        if endedSessions == nil { for id in known.ends.keys { closing[id] = 1 } }
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

    /// Ends what sessions that have ended still have open, in workers of before a reload, too.
    func closeStreams() async {
        let sessions = closing
        guard !sessions.isEmpty else { return }
        let master = RuntimeSocket(path: settings.paths.masterSocket)
        do throws(GatewayError) {
            try await closeStreams(of: Set(sessions.keys)) { command throws(GatewayError) in
                try await runtime.socket.ask(command.text)
            }
            for worker in RuntimeAnswers.oldWorkers(try await master.ask("show proc\n")) {
                try await closeStreams(of: Set(sessions.keys)) { command throws(GatewayError) in
                    try await master.ask("@!\(worker) \(command.text)")
                }
            }
        } catch {
            // Where nobody runs, nothing is open; the next look tries again.
            logger.debug("streams of ended sessions are closed later", metadata: ["error": "\(error)"])
            return
        }
        for (id, rounds) in sessions where closing[id] == rounds { closing[id] = rounds > 1 ? rounds - 1 : nil }
    }

    private func closeStreams(
        of sessions: Set<String>,
        _ ask: (RuntimeCommand) async throws(GatewayError) -> String
    ) async throws(GatewayError) {
        let open = RuntimeAnswers.openStreams(try await ask(.showTable(OpenStreams.table)))
        let numbers = open.filter { sessions.contains($0.key) }.values.reduce(into: Set<String>()) { $0.formUnion($1) }
        guard !numbers.isEmpty else { return }
        let pointers = RuntimeAnswers.streams(try await ask(.showStreams))
        for pointer in numbers.compactMap({ pointers[$0] }).sorted() {
            _ = try await ask(.shutStream(pointer: pointer))
        }
        logger.info("what ended sessions had open was closed", metadata: ["streams": "\(numbers.count)"])
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
