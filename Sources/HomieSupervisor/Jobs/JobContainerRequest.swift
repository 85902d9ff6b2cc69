import HomieModel
import HomiePlanning

/// A container for one attempt of a run.
struct JobContainerRequest: Sendable {
    var job: JobName
    var service: ServiceName
    /// Nil for the service's own.
    var command: [String]?
    var run: Int64
    var attempt: Int
    /// The ledger's, which keeps the runs of two ledgers apart.
    var identity: String
    /// Where its work stands in a trace, for programs that go on with it.
    var traceParent: String?

    /// `shop-nightly-run-42-1`
    var name: String { "\(job.stack)-\(job.job)-run-\(run)-\(attempt)" }

    /// What a container of this very attempt carries as its digest.
    var digest: String { "job-\(identity)-\(run)-\(attempt)" }

    /// What every process of the attempt has in its environment.
    var environment: [String: String] {
        var variables = ["HOMIE_JOB": job.description, "HOMIE_JOB_RUN": "\(identity)/\(run)/\(attempt)/"]
        variables["TRACEPARENT"] = traceParent
        return variables
    }

    /// As `docker compose run` would make it: without the service's ports, name, fixed addresses and health check, so that
    /// it stands beside the service's own containers and is not taken for one.
    func recipe(
        _ service: ServiceDefinition,
        imageID: String,
        in stack: StackDefinition,
        namespaces: [ServiceName: String]
    ) -> ContainerRecipe {
        var definition = service
        if let command { definition.command = command }
        definition.ports = []
        definition.containerName = nil
        definition.healthcheck = HealthcheckDefinition()
        definition.healthcheck?.test = ["NONE"]
        definition.restart = .never
        definition.hasTTY = nil
        definition.opensStdin = nil
        definition.macAddress = nil
        for key in definition.networks.keys {
            definition.networks[key]?.aliases = nil
            definition.networks[key]?.ipv4Address = nil
            definition.networks[key]?.ipv6Address = nil
            definition.networks[key]?.macAddress = nil
        }
        definition.environment.merge(environment) { _, own in own }
        var labels = service.labels.filter { !$0.key.hasPrefix("io.homie.") }
        labels[ContainerLabels.project] = stack.name.text
        labels[ContainerLabels.service] = self.service.text
        labels[ContainerLabels.number] = "1"
        labels[ContainerLabels.oneOff] = "True"
        labels[ContainerLabels.job] = job.description
        labels[ContainerLabels.jobRun] = "\(run)/\(attempt)"
        labels[ContainerLabels.specDigest] = digest
        let volumeKeys = Set(definition.mounts.filter { $0.kind == .volume }.compactMap(\.source))
        let configKeys = Set((definition.configs ?? []).map(\.source))
        let secretKeys = Set((definition.secrets ?? []).map(\.source))
        return ContainerRecipe(
            name: name,
            stack: stack.name,
            service: self.service,
            index: 1,
            definition: definition,
            imageID: imageID,
            labels: labels,
            networks: stack.networks.filter { definition.networks[$0.key] != nil },
            volumes: stack.volumes.filter { volumeKeys.contains($0.key) },
            configs: stack.configs.filter { configKeys.contains($0.key) },
            secrets: stack.secrets.filter { secretKeys.contains($0.key) },
            namespaceContainers: namespaces
        )
    }
}
