import HomieACME
import HomieGateway
import HomieModel
import HomieSupervisor

/// The gateway and the store, as the keeper of public certificates needs them.
struct ACMEParts: ACMEDesk {
    let gateway: GatewayController
    let secrets: any HookStore
    /// The authority that the key is for.
    let directory: String
    let records: (any ACMERecords)?

    func wanted() async -> [HostPattern] { await gateway.wantedCertificates() }

    func install(_ pem: String, for host: HostPattern) async throws { try await gateway.install(pem, for: host) }

    func report(_ problem: (any UserFacingError)?, for host: HostPattern) async {
        await gateway.report(problem?.summary, hint: problem?.hint, for: host)
    }

    // The store seals it.
    func key() async throws -> String? { try await secrets.kept(name) }
    func keep(_ key: String) async throws { try await secrets.keep(key, as: name) }

    func show(token: String, content: String) async throws { try await gateway.show(token: token, content: content) }
    func withdraw(token: String) async { await gateway.withdraw(token: token) }

    private var name: String { "acme/\(directory)" }
}
