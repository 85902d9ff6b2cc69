public import HomieModel

/// What the API asks of updates.
public protocol RolloutControl: Sendable {
    /// The newest rollout of each service, by stack and service; nil asks for all stacks.
    func rollouts(of stack: StackName?) async throws -> [RolloutStatus]
    /// Pauses, resumes, promotes or aborts the rollout of a service; returns when that is on disk.
    func steer(_ service: ServiceName, in stack: StackName, _ action: RolloutAction) async throws -> RolloutStatus
    /// Fetches the images of services anew and deploys what is newer; empty means all services.
    func update(_ stack: StackName, services: [ServiceName]) async throws -> DeploymentRecord
    /// What is known of newer images, by stack and service.
    func imageChecks() async throws -> [ImageCheck]
    /// Holds updates of a service off with a reason, or lets them go on with nil.
    func lock(_ service: ServiceName, in stack: StackName, reason: String?) async throws
}
