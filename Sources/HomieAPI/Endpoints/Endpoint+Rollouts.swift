import HomieModel

extension Endpoint {
    private static let stack = "/api/v1/stacks/{stack}"
    private static let service = stack + "/services/{service}"

    /// Updates of services.
    static let rollouts = [
        Endpoint(
            .listRollouts,
            .get,
            "/api/v1/rollouts",
            "The newest update of each service, and how it stands",
            query: [QueryParameter("stack", .stack, "only this stack's")],
            answers: [Answer(200, "the rollouts", .reference("Rollouts"))],
            errors: [.usage, .notFound]
        ),
        Endpoint(
            .steerRollout,
            .post,
            service + "/rollout",
            "Pauses, resumes, promotes or aborts the update of a service",
            body: .reference("RolloutRequest"),
            answers: [Answer(200, "the rollout", .reference("Rollout"))],
            errors: [.usage, .notFound, .conflict, .tooLarge]
        ),
        Endpoint(
            .updateStack,
            .post,
            stack + "/update",
            "Fetches the images of services anew and deploys what is newer",
            body: .reference("UpdateRequest"),
            isBodyRequired: false,
            answers: [
                Answer(200, "there was nothing to do", .reference("Deployment")),
                Answer(202, "it runs; ask for the deployment to see how it ends", .reference("Deployment")),
            ],
            errors: [.usage, .notFound, .conflict, .unreachable, .tooLarge]
        ),
        Endpoint(
            .listImages,
            .get,
            "/api/v1/images",
            "The images of services as their registries name them, and whether those are newer",
            answers: [Answer(200, "the images", .reference("Images"))]
        ),
        Endpoint(
            .lockService,
            .post,
            service + "/lock",
            "Holds updates of a service off until the lock is taken away",
            body: .reference("LockRequest"),
            answers: [Answer(200, "it holds", .reference("Lock"))],
            errors: [.usage, .notFound, .conflict, .tooLarge]
        ),
        Endpoint(
            .unlockService,
            .delete,
            service + "/lock",
            "Lets updates of a service go on",
            answers: [Answer(200, "they do", .reference("Lock"))],
            errors: [.usage, .notFound, .conflict]
        ),
    ]
}
