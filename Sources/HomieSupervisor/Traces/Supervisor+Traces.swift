import HomieModel
import HomiePlanning
import Tracing

extension StackState {
    /// The span of a deployment that begins: it goes on after the request that asked for it was answered.
    mutating func beginTrace(of deployment: DeploymentRecord) {
        endTrace(.superseded, cause: nil)
        let span = startSpan("\(deployment.kind.rawValue) \(deployment.stack)")
        span.attributes["homie.stack"] = deployment.stack.text
        span.attributes["homie.deployment"] = deployment.id
        span.attributes["homie.revision"] = deployment.revision
        deploymentSpan = span
    }

    mutating func endTrace(_ outcome: DeploymentRecord.State, cause: String?) {
        guard let span = deploymentSpan else { return }
        deploymentSpan = nil
        span.attributes["homie.outcome"] = outcome.rawValue
        span.setStatus(SpanStatus(code: outcome == .failed ? .error : .ok, message: cause))
        span.end()
    }
}

extension Supervisor {
    /// Runs a chain as a part of the deployment's trace, or of one of its own: what healing does is traced, too.
    func trace(_ chain: Chain, of name: StackName, generation: Int) async {
        let context = stacks[name]?.deploymentSpan?.context ?? .topLevel
        await withSpan(chain.title, context: context) { span in
            span.attributes["homie.stack"] = name.text
            span.attributes["homie.reason"] = chain.reason
            await run(chain, of: name, generation: generation)
            if let failure = stacks[name]?.history.failures[chain.key] {
                span.setStatus(SpanStatus(code: .error, message: failure.reason))
            }
        }
    }
}

extension Chain {
    /// What it is about, for people.
    fileprivate var title: String {
        switch key {
        case .instance(let instance): "\(isRestart ? "restart" : "bring up") \(instance)"
        case .image(let service): "fetch the image of \(service)"
        case .resources: "networks and volumes"
        case .network(let name): "remove network \(name)"
        case .volume(let name): "remove volume \(name)"
        case .departure(let id): "take down \(id.prefix(12))"
        case .tidying(let id): "tidy up \(id.prefix(12))"
        }
    }
}
