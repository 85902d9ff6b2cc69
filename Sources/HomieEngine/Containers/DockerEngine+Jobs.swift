internal import HomieHTTP
internal import HomieModel
public import HomieSupervisor

extension DockerEngine: JobExecution {
    public func waitUntilEnded(_ id: String) async throws -> Int? {
        let call = EngineCall(
            .post,
            "/containers/\(EngineCall.segment(id))/wait",
            action: "wait for container '\(Self.shown(id))'"
        )
        // The head comes at once in newer engines, with the end in older ones; the body comes with the end in all.
        let answer: WaitAnswer? = try await connection.find(call.waiting(nil))
        return answer?.StatusCode
    }

    public func prepareExecution(
        _ command: [String],
        in container: String,
        environment: [String: String],
        user: String?
    ) async throws -> String {
        let request = ExecRequest(
            Cmd: command,
            Env: environment.map { "\($0.key)=\($0.value)" }.sorted().nonEmpty,
            User: user
        )
        let call = try EngineCall(
            .post,
            "/containers/\(EngineCall.segment(container))/exec",
            action: "run '\(command.first ?? "")' in container '\(Self.shown(container))'"
        ).sending(request)
        return try await connection.fetch(call, as: CreatedAnswer.self).Id
    }

    public func startExecution(
        _ id: String,
        output: @escaping @Sendable (LogLine.Channel, [UInt8]) -> Void
    ) async throws {
        let call = try EngineCall(.post, "/exec/\(id)/start", action: "start a command").sending(ExecStart())
        let stream = try await connection.hijack(call)
        defer { stream.close() }
        var decoder = FrameDecoder()
        for try await piece in stream.incoming {
            for frame in decoder.push(piece) { output(frame.channel, Array(frame.payload)) }
        }
    }

    public func execution(_ id: String) async throws -> ExecutionState? {
        let look = EngineCall(.get, "/exec/\(id)/json", action: "look at a command")
        guard let found = try await connection.find(look, as: ExecInspection.self) else { return nil }
        if found.Running { return .running }
        return found.ExitCode.map(ExecutionState.ended) ?? .prepared
    }
}
