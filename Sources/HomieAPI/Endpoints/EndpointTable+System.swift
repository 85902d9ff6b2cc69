import HomieModel

extension Endpoint {
    private static let root = "/api/v1/os"

    static let system = [
        Endpoint(
            .getSystem,
            .get,
            root,
            "The operating system: both slots, what is under way, how earlier updates ended and why",
            answers: [Answer(200, "the system", .reference("System"))],
            errors: [.notFound, .unreachable]
        ),
        Endpoint(
            .installSystem,
            .post,
            root + "/install",
            "Installs a system into the slot that does not run; 'install' of the system shows how far it is",
            body: .reference("SystemInstallRequest"),
            isBodyRequired: false,
            answers: [Answer(202, "it runs", .reference("System"))],
            errors: [.usage, .notFound, .conflict, .unreachable, .tooLarge]
        ),
        Endpoint(
            .rollbackSystem,
            .post,
            root + "/rollback",
            "The other system starts next, or a pending update is called off",
            answers: [Answer(200, "it is done", .reference("System"))],
            errors: [.notFound, .conflict, .unreachable]
        ),
        Endpoint(
            .restartSystem,
            .post,
            root + "/reboot",
            "Writes down which services work, then restarts the device",
            answers: [Answer(202, "it is about to restart", .reference("System"))],
            errors: [.notFound, .conflict, .unreachable]
        ),
    ]
}
