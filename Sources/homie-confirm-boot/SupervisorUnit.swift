internal import HomieProcess

/// homied as systemd keeps it.
enum SupervisorUnit {
    /// How often systemd has started it anew in this boot, because it fell over or did not feed its watchdog; nil where systemd
    /// does not tell.
    static func restarts() async -> Int? {
        let command = ChildProcess(
            program: "systemctl",
            arguments: ["show", "--property=NRestarts", "--value", "homied.service"],
            standardError: .kept
        )
        // That it answers is looked at, too, and that tells most: without this the verdict stands.
        guard let result = try? await command.run(timeLimit: .seconds(10)), result.exitCode == 0 else { return nil }
        return Int(result.text.prefix { !$0.isNewline })
    }
}
