internal import FoundationEssentials
internal import HomieProcess

/// The last words of a boot that tell why it was bad.
enum JournalExcerpt {
    private static let limit = 16_000

    /// Of this boot; nil where there is no journal to be read.
    static func ofThisBoot() async -> String? {
        await journalctl(
            ["--boot", "--output=short-iso", "--lines=60"]
                + ["--unit=homied.service", "--unit=docker.service", "--unit=init.scope"]
        )
    }

    /// Of the boot before this one, where that was not the one with this ID.
    ///
    /// - Parameter known: the kernel's ID of a boot that was good. A system that died before it could write has left nothing,
    ///   and then that one was the last to write.
    static func ofLastBoot(otherThan known: String) async -> String? {
        guard let line = await journalctl(["--boot=-1", "--output=json", "--output-fields=_BOOT_ID", "--lines=1"]),
            let entry = try? JSONDecoder().decode(Entry.self, from: Data(line.utf8)),
            entry.bootID != known.filter({ $0 != "-" })
        else { return nil }
        return await journalctl(["--boot=-1", "--output=short-iso", "--lines=60"])
    }

    private struct Entry: Decodable {
        enum CodingKeys: String, CodingKey {
            case bootID = "_BOOT_ID"
        }

        var bootID: String
    }

    /// The verdict stands without it: nil where it cannot be had.
    private static func journalctl(_ arguments: [String]) async -> String? {
        let command = ChildProcess(program: "journalctl", arguments: ["--no-pager"] + arguments, standardError: .kept)
        guard let result = try? await command.run(timeLimit: .seconds(20)), result.exitCode == 0, !result.output.isEmpty
        else { return nil }
        return String(result.text.suffix(limit))
    }
}
