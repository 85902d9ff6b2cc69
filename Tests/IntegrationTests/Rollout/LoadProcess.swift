import Foundation
import Glibc
import HomieModel
import HomieTestSupport
import Testing

/// Clients in a process of their own (scripts/lib/load.py), that ask until they are told to stop.
final class LoadProcess {
    struct Report: Decodable {
        struct Phase: Decodable {
            var name: String
            var requests: Int
            var failed: Int
            var p50: Double?
            var p99: Double?
            /// How often each answer came, by its first two words.
            var answers: [String: Int]
            /// When each answer came first and last: seconds since the epoch.
            var first: [String: Double]
            var last: [String: Double]
        }

        var requests: Int
        var failed: Int
        var failures: [String]
        var phases: [Phase]
        var websockets: Int
        var echoes: Int
        var cut: [String]
    }

    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    /// - Parameters:
    ///   - perConnection: the requests after which a client ends its connection itself; 0 for never.
    ///   - resends: a request whose kept connection was ended before an answer is sent once more.
    ///   - command: what runs the script elsewhere, such as in a container: its text and arguments follow.
    init(
        port: UInt16,
        address: String = "127.0.0.1",
        host: String,
        clients: Int,
        rate: Int = 0,
        path: String = "/",
        webSockets: Int = 0,
        perConnection: Int = 0,
        resends: Bool = false,
        through command: [String] = []
    ) throws {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../scripts/lib/load.py").standardized
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let program = command.isEmpty ? [script.path] : ["-c", try String(contentsOf: script, encoding: .utf8)]
        process.arguments =
            ["timeout", "1800"] + command + ["python3"] + program + [
                "--port", "\(port)", "--address", address, "--host", host, "--clients", "\(clients)",
                "--rate", "\(rate)", "--path", path, "--websockets", "\(webSockets)",
                "--per-connection", "\(perConnection)",
            ] + (resends ? ["--resend"] : [])
        process.standardInput = input
        process.standardOutput = output
        try process.start()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    private func say(_ line: String) throws {
        try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
    }

    /// Begins a phase of the report.
    func mark(_ name: String) throws { try say("mark \(name)") }

    /// Requests answered so far.
    func count() throws -> Int {
        try say("count")
        var line = Data()
        while let byte = try output.fileHandleForReading.read(upToCount: 1), let first = byte.first, first != 0x0A {
            line.append(first)
        }
        return try #require(Int(String(decoding: line, as: UTF8.self)), "the load ended")
    }

    /// Waits until so many more requests were answered.
    func more(_ number: Int) async throws {
        let target = try count() + number
        try await eventually("\(number) more requests are answered", within: .seconds(600)) {
            try count() >= target ? true : nil
        }
    }

    func stop() throws -> Report {
        try input.fileHandleForWriting.close()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        try process.waitUntilEnded()
        return try JSONDecoder().decode(Report.self, from: text)
    }
}
