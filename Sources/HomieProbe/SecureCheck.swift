import HomieModel
import HomieSupervisor
import HomieTransfer

/// One check over HTTPS; it also sees when the server's certificate expires.
struct SecureCheck {
    let probe: HTTPProbe
    let trust: ProbeTrust

    func run(at address: String, timeout: TimeSpan) async -> ProbeOutcome {
        let clock = ContinuousClock()
        let start = clock.now
        let request = SecureRequest(
            address: address,
            port: probe.port,
            path: probe.path,
            host: probe.host,
            verifiesCertificate: trust == .authorities,
            timeLimit: timeout,
            // Without words to look for in it, the body is not waited for.
            bodyLimit: probe.body == nil ? 0 : HTTPConversation.bodyLimit
        )
        let verdict: Verdict
        var expires: Timestamp?
        do {
            let answer = try await request.send()
            expires = answer.certificateExpires
            verdict = probe.verdict(on: answer.status, answer.body)
        } catch {
            verdict = .failed(Self.clause(error, timeout))
        }
        return ProbeOutcome(
            isPassed: verdict.isPassed,
            latency: TimeSpan(clock.now - start),
            detail: verdict.detail,
            certificateExpires: expires
        )
    }

    private static func clause(_ fault: SecureFault, _ timeout: TimeSpan) -> String {
        switch fault {
        case .refused: "refuses connections"
        case .timedOut: "did not answer within \(timeout.nanoseconds / 1_000_000) ms"
        case .untrusted(let clause): "shows a certificate that \(clause)"
        case .unreachable(let reason): "cannot be reached over TLS: \(reason)"
        }
    }
}
