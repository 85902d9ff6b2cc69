internal import ArgumentParser

/// Whether what cannot be taken back is asked for, shown only, or done at once.
struct ConsentOptions: ParsableArguments {
    @Flag(name: [.customShort("y"), .customLong("yes")], help: "Do not ask.")
    var isGiven = false
    @Flag(name: .customLong("dry-run"), help: "Show what would be done, and do nothing.")
    var isDryRun = false
}
