internal import ArgumentParser
internal import HomieConsole

/// `homie completions`
struct Completions: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "Prints a script that completes commands and options in a shell.",
        discussion: """
            Example:
              homie completions bash >/etc/bash_completion.d/homie
            """
    )

    enum Shell: String, ExpressibleByArgument, CaseIterable, Sendable {
        case bash, zsh, fish

        var completion: CompletionShell {
            switch self {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        }
    }

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell
    @OptionGroup var output: OutputOptions

    func run(in surroundings: Surroundings) async throws -> Outcome {
        let script = Homie.completionScript(for: shell.completion)
        if output.isJSON {
            try surroundings.console.output.write(JSONOutput.document(["shell": shell.rawValue, "script": script]))
        } else {
            try surroundings.console.output.print(script)
        }
        return .done
    }
}
