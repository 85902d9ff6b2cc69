internal import HomieCommand
internal import HomieConsole
internal import HomieImage
internal import HomiePlanning

/// Tells on standard error what is being made.
struct BuildProgress: Sendable {
    private let stream: ConsoleStream?

    init(_ options: OutputOptions) { stream = options.isJSON ? nil : options.console.errors }

    func report(_ stage: ImageStageName, _ progress: ImageBuilder.Progress) {
        switch progress {
        case .cached: say("\(stage.title): known")
        case .begun: say("\(stage.title): making it")
        case .done(let seconds): say("\(stage.title): made in \(Int(seconds)) s")
        case .failed: say("\(stage.title): failed")
        }
    }

    func say(_ line: String) {
        // The work goes on when nobody reads.
        try? stream?.print(SafeText.line(line))
    }
}
