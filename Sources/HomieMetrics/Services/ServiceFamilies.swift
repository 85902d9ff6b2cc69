import HomieModel

/// Stacks and their services, from what the supervisor knows.
enum ServiceFamilies {
    private static let phases: [ServiceStatus.Phase] = [
        .waiting, .working, .running, .starting, .healthy, .unhealthy, .completed, .failed, .stopped,
    ]

    static func families(of stacks: [StackStatus]) -> [MetricFamily] {
        var wanted = MetricFamily("homie_service_replicas_wanted", .gauge, "Replicas a service is to have.")
        var running = MetricFamily("homie_service_replicas_running", .gauge, "Replicas of a service that run.")
        var phase = MetricFamily(
            "homie_service_phase",
            .gauge,
            "Where a service stands: 1 for its phase, 0 for the others."
        )
        var revision = MetricFamily("homie_stack_revision", .gauge, "The revision of a stack that is wanted.")
        var good = MetricFamily(
            "homie_stack_last_good_revision",
            .gauge,
            "The newest revision of a stack that became healthy."
        )
        var converged = MetricFamily(
            "homie_stack_converged",
            .gauge,
            "Whether every service of a stack is where it should be."
        )
        var deployment = MetricFamily(
            "homie_stack_deployment_state",
            .gauge,
            "How the newest deployment of a stack stands: 1 for its state, 0 for the others."
        )
        for stack in stacks.sorted(by: { $0.name < $1.name }) {
            let name = MetricFamily.Label("stack", stack.name.text)
            revision.add(Double(stack.revision), [name])
            if let last = stack.lastGoodRevision { good.add(Double(last), [name]) }
            converged.add(stack.isConverged ? 1 : 0, [name])
            if let state = stack.deployment?.state {
                for each in [DeploymentRecord.State.running, .succeeded, .failed, .superseded] {
                    deployment.add(each == state ? 1 : 0, [name, .init("state", each.rawValue)])
                }
            }
            for service in stack.services.sorted(by: { $0.service < $1.service }) {
                let labels = [name, .init("service", service.service.text)]
                wanted.add(Double(service.replicas), labels)
                running.add(Double(service.running), labels)
                for each in phases {
                    phase.add(each == service.phase ? 1 : 0, labels + [.init("phase", each.rawValue)])
                }
            }
        }
        return [wanted, running, phase, revision, good, converged, deployment]
    }

    /// The containers of all stacks that run.
    static func containers(of stacks: [StackStatus]) -> [MeteredContainer] {
        stacks.flatMap(\.services).flatMap { service in
            service.containers.filter { $0.state == .running || $0.state == .paused }.map { container in
                MeteredContainer(
                    id: container.id,
                    name: container.name,
                    image: service.image ?? container.imageID,
                    labels: [
                        ContainerLabels.project: container.stack.text, ContainerLabels.service: container.service.text,
                    ],
                    startedAt: container.startedAt,
                    hasNetwork: !container.addresses.isEmpty
                )
            }
        }
    }
}
