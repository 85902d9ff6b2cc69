public import Foundation

/// A program that a test ran to its end.
public struct ProgramRun: Sendable {
    public let status: Int32
    public let output: String
    /// Standard error.
    public let complaint: String

    /// Runs a program and waits for its end, at most `limit`.
    ///
    /// What it says goes into files: a pipe would stay open as long as anything lives that the program has started.
    ///
    /// - Parameter program: a path.
    /// - Throws: ``ProcessStillRunning`` after the limit; what Foundation throws when it cannot be started.
    public init(
        _ program: String,
        _ arguments: [String],
        input: Data = Data(),
        within limit: Duration = .seconds(300)
    ) throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("homie-run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: directory) }
        let files = ["input", "output", "complaint"].map { directory.appendingPathComponent($0) }
        try input.write(to: files[0])
        for file in files.dropFirst() { try Data().write(to: file) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardInput = try FileHandle(forReadingFrom: files[0])
        process.standardOutput = try FileHandle(forWritingTo: files[1])
        process.standardError = try FileHandle(forWritingTo: files[2])
        try process.start()
        status = try process.waitUntilEnded(within: limit)
        output = String(decoding: try Data(contentsOf: files[1]), as: UTF8.self)
        complaint = String(decoding: try Data(contentsOf: files[2]), as: UTF8.self)
    }
}
