internal import ArgumentParser
internal import HomieCommand

@main
enum Main {
    static func main() async { await HomieImageProgram.runAsProgram() }
}

/// Makes disk images and update bundles for a board.
struct HomieImageProgram: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "homie-image",
        abstract: "Makes the appliance's disk image and update bundle for a board.",
        discussion: """
            Nothing is mounted. Where the user is not root, user namespaces take its place.

            Example:
              homie-image boards
              homie-image build qemu-x86_64 --version 1.4.0 --dry-run
              homie-image build qemu-x86_64 --version 1.4.0

            Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 the packages are not those that are pinned, 5 refused.
            """,
        subcommands: [Build.self, Lock.self, Boards.self]
    )
}
