import FoundationEssentials
import HomieImage
import HomiePlanning
import HomieProcess
import Testing

@Suite struct `Programs of an image` {
    @Test func `may be linked against nothing`() async throws {
        let place = FileManager.default.temporaryDirectory.path + "/homie-programs-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: place) }
        for name in ProgramReader.names { try await makeStandalone(place + "/" + name) }
        let files = try await ProgramReader(directory: place, cache: place + "/cache").files()
        let expected = ProgramReader.names.flatMap { ["usr/lib/homie/bin/\($0)", "usr/bin/\($0)"] }
        #expect(Set(files.map(\.path)) == Set(expected))
    }

    private func makeStandalone(_ path: String) async throws {
        try await run("as", ["-o", path + ".o"], input: ".globl _start\n_start:\n.long 0\n")
        try await run("ld", ["-static", "-o", path, path + ".o"], input: "")
    }

    private func run(_ program: String, _ arguments: [String], input: String) async throws {
        let process = ChildProcess(program: program, arguments: arguments, environment: [:], standardError: .kept)
        let result = try await process.run(input: Array(input.utf8), timeLimit: .seconds(60))
        try #require(result.exitCode == 0, "\(program): \(result.complaintText)")
    }
}
