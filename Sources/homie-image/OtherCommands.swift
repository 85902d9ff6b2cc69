internal import ArgumentParser
internal import HomieCommand
internal import HomieImage
internal import HomieModel
internal import HomiePlanning

/// `homie-image boards`
struct Boards: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists the boards that images can be made for.",
        discussion: "Example: homie-image boards --json"
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var shown: OutputOptions

    private struct Row: Encodable {
        var board: String
        var compatible: String
        var architecture: String
        var suite: String
    }

    func run() async throws {
        let repository = common.repository
        let rows = try repository.boards.map { name in
            let board = try repository.board(name)
            return Row(
                board: name,
                compatible: board.compatible.text,
                architecture: board.architecture.rawValue,
                suite: board.suite
            )
        }
        try shown.print(rows, rows.map { ($0.board, "\($0.compatible), \($0.architecture), Debian \($0.suite)") })
    }
}

/// `homie-image lock`
struct Lock: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Pins the packages that the sources hold today; later builds insist on them.",
        discussion: "Example: homie-image lock qemu-x86_64"
    )

    @Argument(help: "The board.") var board: String
    @Flag(help: "Show what would change, and write nothing.") var dryRun = false
    @Option(help: "The packages file of a finished build (dpkg's status) to read the versions from.")
    var status: String
    @OptionGroup var common: CommonOptions
    @OptionGroup var shown: OutputOptions

    private struct Answer: Encodable {
        var file: String
        var packages: Int
        var changes: [String]
    }

    func run() async throws {
        let repository = common.repository
        let board = try repository.board(board)
        let list = PackageList(status: try LayerReader.text(status))
        let changes = list.differences(from: try repository.pinned(board))
        let path = repository.lockFile(board)
        if !dryRun {
            let text =
                "# The packages of this board's image, each with its version.\n"
                + list.packages.map { $0.pin + "\n" }.joined()
            try ImageBuilder.deliver(text: text, to: path)
        }
        let answer = Answer(file: path, packages: list.packages.count, changes: changes)
        try shown.print(
            answer,
            [("file", path), ("packages", String(answer.packages)), ("changes", String(changes.count))]
                + changes.map { ("", $0) }
        )
    }
}
