internal import ArgumentParser
internal import HomieAPI
internal import HomieConsole
internal import HomieModel

/// `--wait`, `--no-wait` and `--timeout`, and what a command says in the end.
struct WaitOptions: ParsableArguments {
    @Flag(inversion: .prefixedNo, help: "Wait until the deployment has ended, showing how far it is.")
    var wait = true

    @Option(
        name: .customLong("timeout"),
        help: ArgumentHelp("Wait at most this long, e.g. 90s or 5m; the deployment goes on.", valueName: "time")
    )
    var timeout: LengthArgument?

    /// Waits for `deployment` when that is wanted, and reports how it ended.
    ///
    /// - Parameter done: what to say on success, e.g. `revision 3 runs`.
    /// - Throws: ``CommandError/deploymentFailed(_:services:)`` and what ``DeploymentWatch`` throws.
    func report(
        _ deployment: DeploymentRecord,
        client: APIClient,
        isJSON: Bool,
        in surroundings: Surroundings,
        done: (DeploymentRecord, StackStatus?) -> String
    ) async throws -> Outcome {
        let output = surroundings.console.output
        var last = deployment
        var status: StackStatus?
        if !deployment.state.isFinal {
            guard wait else {
                let text = "\(deployment.stack): \(deployment.kind.noun) \(deployment.id) has begun"
                try output.write(isJSON ? JSONOutput.document(deployment) : text + "\n")
                return .done
            }
            let watch = DeploymentWatch(client: client, surroundings: surroundings, isShown: !isJSON)
            switch try await watch.follow(deployment, timeout: timeout?.span) {
            case .interrupted:
                try surroundings.console.errors.print(
                    "The \(deployment.kind.noun) of '\(deployment.stack)' goes on without this program; "
                        + "'homie ps --stack \(deployment.stack)' shows how far it is."
                )
                if isJSON { try output.write(JSONOutput.document(deployment)) }
                return .interrupted
            case .ended(let record, let stack):
                last = record
                status = stack
            }
        }
        if isJSON { try output.write(JSONOutput.document(last)) }
        switch last.state {
        case .running, .succeeded:
            if !isJSON { try output.print("\(last.stack): \(done(last, status))") }
            return .done
        case .failed:
            let ill = (status?.services ?? []).filter { $0.phase == .failed || $0.phase == .unhealthy }
            throw CommandError.deploymentFailed(last, services: ill.map(\.service))
        case .superseded: throw CommandError.superseded(last)
        }
    }

    /// ` (12.4 s)`, or nothing for what took no time.
    static func duration(_ deployment: DeploymentRecord) -> String {
        guard let end = deployment.endedAt, end - deployment.startedAt >= .milliseconds(100) else { return "" }
        return " (\(TimeText.elapsed(end - deployment.startedAt)))"
    }
}
