public import HomieModel

extension APIClient {
    /// The newest rollout of each service; nil asks for all stacks.
    public func rollouts(of stack: StackName? = nil) async throws -> [RolloutStatus] {
        let answer: RolloutsAnswer = try await call(.listRollouts, query: stack.map { [("stack", $0.text)] } ?? [])
        return answer.rollouts
    }

    public func steer(_ service: ServiceName, in stack: StackName, _ action: RolloutAction) async throws
        -> RolloutStatus
    {
        try await call(
            .steerRollout,
            path: ["stack": stack.text, "service": service.text],
            body: RolloutRequest(action: action)
        )
    }

    /// Fetches images anew and deploys what is newer; nil means all services.
    public func update(_ stack: StackName, services: [ServiceName]? = nil) async throws -> DeploymentRecord {
        try await call(.updateStack, path: ["stack": stack.text], body: UpdateRequest(services: services))
    }

    /// What is known of newer images.
    public func images() async throws -> [ImageCheck] {
        let answer: ImagesAnswer = try await call(.listImages)
        return answer.images
    }

    /// Holds updates of a service off with a reason, or lets them go on with nil.
    public func lock(_ service: ServiceName, in stack: StackName, reason: String?) async throws {
        let path = ["stack": stack.text, "service": service.text]
        let _: LockAnswer =
            if let reason {
                try await call(.lockService, path: path, body: LockRequest(reason: reason))
            } else {
                try await call(.unlockService, path: path)
            }
    }
}
