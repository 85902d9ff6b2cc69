import HomieModel
import HomieSupervisor
import HomieTestSupport
import Logging
import Synchronization
import Testing

@testable import HomieEngine

/// Commands in containers that do not end.
@Suite(.timeLimit(.minutes(5)))
struct OverdueTests {
    @Test func `a check that hangs leaves one process behind, not one for every try`() async throws {
        let created = Mutex(0)
        let isRunning = Mutex(true)
        let server = try ScriptedServer { connection in
            while let head = connection.readHead() {
                if head.hasPrefix("GET /_ping") {
                    connection.answer("OK", fields: "Api-Version: 1.41\r\n")
                } else if head.contains("/containers/c/exec ") {
                    let number = created.withLock {
                        $0 += 1
                        return $0
                    }
                    connection.answer(#"{"Id":"e\#(number)"}"#)
                } else if head.contains("/start ") {
                    connection.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
                    if isRunning.withLock({ $0 }) {
                        while connection.read() != nil {}
                    } else {
                        connection.close()
                    }
                    return
                } else if head.contains("/json ") {
                    let runs = isRunning.withLock { $0 }
                    connection.answer(runs ? #"{"Running":true}"# : #"{"Running":false,"ExitCode":0}"#)
                }
            }
        }
        let engine = DockerEngine(
            socketPath: server.path,
            credentialsPath: "/nonexistent",
            logger: Logger(label: "test")
        )
        let check = ["curl", "http://localhost"]
        func run(_ command: [String]) async throws -> Int {
            try await engine.execute(command, in: "c", timeout: .milliseconds(300)).exitCode
        }
        await #expect { _ = try await run(check) } throws: {
            if case EngineError.commandTimedOut = $0 { true } else { false }
        }
        for _ in 0..<3 {
            await #expect { _ = try await run(check) } throws: {
                if case EngineError.commandStillRuns = $0 { true } else { false }
            }
        }
        #expect(created.withLock { $0 } == 1)
        // Another command is another matter.
        await #expect { _ = try await run(["true"]) } throws: {
            if case EngineError.commandTimedOut = $0 { true } else { false }
        }
        #expect(created.withLock { $0 } == 2)
        isRunning.withLock { $0 = false }
        #expect(try await run(check) == 0)
        #expect(created.withLock { $0 } == 3)
        server.stop()
    }
}
