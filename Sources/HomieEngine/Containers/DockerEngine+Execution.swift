internal import HomieHTTP
public import HomieModel
public import HomieSupervisor

extension DockerEngine {
    /// How much of a command's output is kept.
    static let outputLimit = 64 * 1024

    /// Standard output and error come as one text, in the order in which the engine sent them.
    ///
    /// - Throws: ``EngineError/commandTimedOut(container:limit:)``; the engine has no way to end the command then.
    ///   ``EngineError/commandStillRuns(container:)`` while it goes on.
    public func execute(_ command: [String], in id: String, timeout: TimeSpan) async throws -> ExecutionResult {
        let key = OverdueCommands.Key(container: id, command: command)
        if let earlier = overdue[key] {
            if try await execution(earlier) == .running {
                throw EngineError.commandStillRuns(container: Self.shown(id))
            }
            overdue.forget(key)
        }
        return try await execute(ExecRequest(Cmd: command), in: id, timeout: timeout) { overdue.note($0, key) }
    }

    public func run(_ hook: LifecycleHook, in id: String, timeout: TimeSpan) async throws -> ExecutionResult {
        let request = ExecRequest(
            Cmd: hook.command,
            Env: hook.environment.map { $0.map { "\($0.key)=\($0.value)" }.sorted() },
            User: hook.user,
            Privileged: hook.isPrivileged,
            WorkingDir: hook.workingDirectory
        )
        return try await execute(request, in: id, timeout: timeout)
    }

    /// - Parameter left: told of the command's ID when it was begun and its end was not seen.
    private func execute(
        _ request: ExecRequest,
        in id: String,
        timeout: TimeSpan,
        left: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> ExecutionResult {
        let shown = Self.shown(id)
        let result = try await withThrowingTaskGroup(of: ExecutionResult?.self) { group in
            group.addTask { try await run(request, in: id, left: left) }
            group.addTask {
                try await Task.sleep(for: timeout.duration)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        guard let result else { throw EngineError.commandTimedOut(container: shown, limit: timeout) }
        return result
    }

    private func run(
        _ request: ExecRequest,
        in id: String,
        left: @Sendable (String) -> Void
    ) async throws -> ExecutionResult {
        let action = "run '\(request.Cmd.first ?? "")' in container '\(Self.shown(id))'"
        let create = try EngineCall(.post, "/containers/\(EngineCall.segment(id))/exec", action: action)
            .sending(request)
        let execution = try await connection.fetch(create, as: CreatedAnswer.self).Id
        var isOver = false
        defer { if !isOver { left(execution) } }
        let start = try EngineCall(.post, "/exec/\(execution)/start", action: action).sending(ExecStart())
        let stream = try await connection.hijack(start)
        defer { stream.close() }
        var decoder = FrameDecoder()
        var output: [UInt8] = []
        for try await piece in stream.incoming {
            for frame in decoder.push(piece) {
                output += frame.payload.prefix(Self.outputLimit - output.count)
            }
        }
        let look = EngineCall(.get, "/exec/\(execution)/json", action: action)
        var ended: ExecInspection = try await connection.fetch(look)
        // The streams close a moment before the engine has noted the exit code.
        for attempt in 0..<20 where ended.Running {
            try await Task.sleep(for: .milliseconds(5 * (attempt + 1)))
            ended = try await connection.fetch(look)
        }
        isOver = !ended.Running
        return ExecutionResult(exitCode: ended.ExitCode ?? -1, output: String(decoding: output, as: UTF8.self))
    }
}
