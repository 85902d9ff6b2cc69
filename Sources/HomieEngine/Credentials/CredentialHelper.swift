internal import FoundationEssentials
internal import HomieProcess

/// Asks a `docker-credential-…` program for a login (docker/docker-credential-helpers, "Development").
struct CredentialHelper: Sendable {
    struct Answer: Decodable, Sendable {
        var Username: String
        var Secret: String
    }

    /// Where helpers are; nil for the directories of PATH.
    var directory: String?
    var timeLimit: Duration = .seconds(30)

    /// The helper's login for a server; nil when it has none.
    ///
    /// - Throws: ``EngineError/credentialHelper(_:reason:)``
    func get(_ name: String, server: String) async throws -> Answer? {
        let isName =
            !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
                default: false
                }
            }
        guard isName else { throw EngineError.credentialHelper(name, reason: "this is not a helper's name") }
        let program = (directory.map { $0 + "/" } ?? "") + "docker-credential-\(name)"
        let result: ChildProcess.Result
        do {
            result = try await ChildProcess(program: program, arguments: ["get"])
                .run(input: Array(server.utf8), timeLimit: timeLimit)
        } catch {
            throw EngineError.credentialHelper(name, reason: "\(error)")
        }
        if result.exitCode != 0 {
            // The protocol's own words for "none".
            let text = String(decoding: result.output, as: UTF8.self).trimmedOfWhitespace
            if text.contains("credentials not found") { return nil }
            throw EngineError.credentialHelper(name, reason: text.isEmpty ? "exit code \(result.exitCode)" : text)
        }
        do {
            return try JSONDecoder().decode(Answer.self, from: Data(result.output))
        } catch {
            throw EngineError.credentialHelper(name, reason: "its answer is not JSON with Username and Secret")
        }
    }
}
