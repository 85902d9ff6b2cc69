internal import HomieModel
internal import HomieProcess

/// A program of the owner's that sets records at the DNS provider: `<program> add|remove NAME VALUE`.
public struct DNSHook: ACMERecords {
    private let program: String

    /// - Parameter program: an absolute path.
    public init(program: String) { self.program = program }

    public func add(_ name: String, value: String) async throws { try await run("add", name, value) }

    public func remove(_ name: String, value: String) async {
        // What is left behind is of no use to anybody.
        try? await run("remove", name, value)
    }

    private func run(_ verb: String, _ name: String, _ value: String) async throws {
        guard let host = try? HostPattern(parsing: name) else { throw ACMEError.unexpected("'\(name)' is no name") }
        let process = ChildProcess(program: program, arguments: [verb, name, value], standardError: .kept)
        do {
            // Providers are slow, and records take a while to be seen everywhere.
            let result = try await process.run(timeLimit: .seconds(600))
            guard result.exitCode == 0 else {
                let words = result.complaintText.split(whereSeparator: \.isNewline).last.map(String.init)
                throw ACMEError.hook(host: host, words: words ?? "it ended with \(result.exitCode)")
            }
        } catch let error as ChildProcess.Failure {
            throw ACMEError.hook(host: host, words: "\(error)")
        }
    }
}
