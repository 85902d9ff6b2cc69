import HomieModel
public import HomieSupervisor

extension SimulatedEngine: JobExecution {
    public func waitUntilEnded(_ id: String) async throws -> Int? {
        while true {
            guard isUp else { throw Refusal(summary: "the engine does not answer", kind: .unreachable) }
            guard let container = containers[id] else { return nil }
            if container.state == .exited { return container.exitCode }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    public func prepareExecution(
        _ command: [String],
        in container: String,
        environment: [String: String],
        user: String?
    ) async throws -> String {
        try check("prepare", containers[container]?.name ?? container)
        guard containers[container]?.state == .running else {
            throw Refusal(summary: "the container does not run", kind: .conflict)
        }
        nextNumber += 1
        let id = "exec-\(nextNumber)"
        executions[id] = .prepared
        return id
    }

    /// Every command says "hello" and succeeds.
    public func startExecution(
        _ id: String,
        output: @escaping @Sendable (LogLine.Channel, [UInt8]) -> Void
    ) async throws {
        try check("startExecution", id)
        guard executions[id] == .prepared else {
            throw Refusal(summary: "the command was started before", kind: .conflict)
        }
        executions[id] = .running
        output(.stdout, Array("hello\n".utf8))
        try await Task.sleep(for: .milliseconds(5))
        executions[id] = .ended(0)
    }

    public func execution(_ id: String) async throws -> ExecutionState? {
        guard isUp else { throw Refusal(summary: "the engine does not answer", kind: .unreachable) }
        return executions[id]
    }

    /// How often each container was ever started, by name; those that are gone included.
    public func startCounts() -> [String: Int] {
        var counts: [String: Int] = [:]
        for call in calls where call.hasPrefix("start ") { counts[String(call.dropFirst(6)), default: 0] += 1 }
        return counts
    }
}
