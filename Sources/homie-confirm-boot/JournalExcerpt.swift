internal import HomieProcess

/// The last words of this boot that tell why it was bad.
enum JournalExcerpt {
    private static let command = ChildProcess(
        program: "journalctl",
        arguments: [
            "--boot", "--no-pager", "--output=short-iso", "--lines=60", "--unit=homied.service",
            "--unit=docker.service",
            "--unit=init.scope",
        ],
        standardError: .kept
    )

    /// nil where there is no journal to be read.
    static func text() async -> String? {
        // The verdict stands without it.
        guard let result = try? await command.run(timeLimit: .seconds(20)), result.exitCode == 0 else { return nil }
        return String(result.text.suffix(16_000))
    }
}
