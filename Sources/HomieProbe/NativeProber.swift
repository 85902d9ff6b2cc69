internal import Glibc
public import HomieModel
public import HomieSupervisor

/// Checks services over the network from this process: no process is started for it, neither here nor in the container.
public struct NativeProber: HealthProber {
    public init() {}

    public func probe(_ kind: ProbeKind, at address: String, timeout: TimeSpan) async -> ProbeOutcome {
        let authority = address.contains(":") ? "[\(address)]" : address
        switch kind {
        case .http(let probe):
            let limit = min(timeout, probe.latency ?? timeout)
            var outcome =
                if let trust = probe.trust {
                    await SecureCheck(probe: probe, trust: trust).run(at: address, timeout: limit)
                } else {
                    await talk(HTTPConversation(probe: probe, address: address), address, probe.port, limit)
                }
            if !outcome.isPassed, let latency = probe.latency, outcome.latency >= latency {
                outcome.detail = "did not answer within \(latency.nanoseconds / 1_000_000) ms"
            }
            return outcome
        case .tcp(let port): return await talk(TCPConversation(), address, port, timeout)
        case .grpc(let port, let service):
            let words = GRPCConversation(service: service, authority: "\(authority):\(port)")
            return await talk(words, address, port, timeout)
        case .webSocket(let port, let path):
            let words = WebSocketConversation(path: path, host: "\(authority):\(port)")
            return await talk(words, address, port, timeout)
        case .command:
            return ProbeOutcome(isPassed: false, latency: .seconds(0), detail: "is checked in its container")
        }
    }

    public func page(port: UInt16, path: String, at address: String, timeout: TimeSpan) async -> String? {
        let verdict = await verdict(PageConversation(port: port, path: path, address: address), address, port, timeout)
        return verdict.isPassed ? verdict.detail : nil
    }

    private func talk(
        _ conversation: some Conversation,
        _ address: String,
        _ port: UInt16,
        _ timeout: TimeSpan
    ) async -> ProbeOutcome {
        let clock = ContinuousClock()
        let start = clock.now
        let verdict = await verdict(conversation, address, port, timeout)
        return ProbeOutcome(isPassed: verdict.isPassed, latency: TimeSpan(clock.now - start), detail: verdict.detail)
    }

    private func verdict(
        _ conversation: some Conversation,
        _ address: String,
        _ port: UInt16,
        _ timeout: TimeSpan
    ) async -> Verdict {
        guard let place = SocketPlace(address, port) else { return .failed("has no address that can be reached") }
        switch await TalkLoop.shared.talk(conversation, place, limit: timeout) {
        case .success(let verdict): return verdict
        case .failure(let failure): return .failed(Self.clause(failure, timeout))
        }
    }

    private static func clause(_ failure: TalkFailure, _ timeout: TimeSpan) -> String {
        switch failure.code {
        case 0: "did not answer within \(timeout.nanoseconds / 1_000_000) ms"
        case ETIMEDOUT: "did not accept the connection within \(timeout.seconds) s"
        case ECONNREFUSED: "refuses connections"
        case EHOSTUNREACH, ENETUNREACH: "has no route to it"
        case let code: "broke the connection (\(code))"
        }
    }
}
