import HomieModel

extension Schema {
    private static let time = Schema.string(format: "date-time")

    static let systemComponents: [String: Schema] = [
        "SystemInstallRequest": .object([
            .init(
                "source",
                .string(length: 1...200),
                isRequired: false,
                "a version, a file or an address; the newest version when absent"
            ),
            .init("restarts", .boolean, isRequired: false, "restart into it when it is installed"),
        ]),
        "System": .object([
            .init("version", .string(), isRequired: false, "the version that runs"),
            .init("compatible", .string(), isRequired: false, "the kind of system that its bundles name"),
            .init("booted", .string(), isRequired: false, "the slot that runs"),
            .init("next", .string(), isRequired: false, "the slot that starts next; absent during a trial"),
            .init("isInstalling", .boolean),
            .init("isOnTrial", .boolean, "true until a new system has proved itself"),
            .init("slots", .array(.reference("SystemSlot")), "empty while an install runs"),
            .init(
                "pending",
                .object([
                    .init("version", .string()), .init("slot", .string()), .init("isWritten", .boolean),
                    .init(
                        "comparesServices",
                        .boolean,
                        isRequired: false,
                        "false where it was not known which services work: then homied alone is judged"
                    ),
                ]),
                isRequired: false,
                "installed, and not judged yet"
            ),
            .init("install", .reference("SystemInstall"), isRequired: false, "the newest install since the start"),
            .init(
                "locks",
                .array(
                    .object([
                        .init("holder", .string()), .init("reason", .string(), isRequired: false),
                        .init("until", time, isRequired: false),
                    ])
                ),
                "what keeps updates away"
            ),
            .init("history", .array(.reference("SystemUpdate")), "oldest first"),
        ]),
        "SystemSlot": .object([
            .init("name", .string()),
            .init("state", .choice(SystemStatus.Slot.State.allCases.map(\.rawValue))),
            .init("isBootable", .boolean, isRequired: false),
            .init("version", .string(), isRequired: false),
            .init("installedAt", .string(), isRequired: false),
        ]),
        "SystemInstall": .object([
            .init("source", .string(), isRequired: false),
            .init("state", .choice(InstallReport.State.allCases.map(\.rawValue))),
            .init("percentage", .integer(minimum: 0)),
            .init("message", .string(), "what is being done, or why it failed"),
            .init("hint", .string(), isRequired: false),
            .init("failure", .choice(ErrorKind.allCases.map(\.rawValue)), isRequired: false),
            .init("startedAt", time),
            .init("version", .string(), isRequired: false),
        ]),
        "SystemUpdate": .object([
            .init("version", .string()),
            .init("from", .string(), isRequired: false),
            .init("source", .string()),
            .init("at", time),
            .init("outcome", .choice(UpdateRecord.Outcome.allCases.map(\.rawValue))),
            .init(
                "cause",
                .string(),
                isRequired: false,
                "why it did not stay, or what its judgement lacked"
            ),
            .init("detail", .string(), isRequired: false, "evidence, e.g. lines of the journal"),
            .init("slot", .string(), isRequired: false),
        ]),
    ]
}
