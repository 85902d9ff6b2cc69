internal import ArgumentParser
internal import HomieCommand
internal import HomieModel

@main
enum Main {
    static func main() async { await HomieBundleProgram.runAsProgram() }
}

/// Makes, signs and reads update bundles, and the index that offers them.
struct HomieBundleProgram: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "homie-bundle",
        abstract: "Makes, signs and checks update bundles, and the signed index that offers them.",
        discussion: """
            Without a key of your own, a development key is made on first use; releases refuse what it signs.

            Example:
              homie-bundle create --compatible homie-qemu-x86_64 --bundle-version 1.4.0 \\
                  --image boot=boot.img --image rootfs=root.img --output homie-1.4.0.raucb
              homie-bundle verify homie-1.4.0.raucb
              homie-bundle delta homie-1.3.0.raucb homie-1.4.0.raucb --output 1.3.0-1.4.0.delta
              homie-bundle index add index.signed homie-1.4.0.raucb --channel stable --rollout 10

            Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 conflict, 5 refused.
            """,
        subcommands: [Create.self, Sign.self, Inspect.self, Verify.self, Delta.self, Index.self, Keys.self]
    )
}
