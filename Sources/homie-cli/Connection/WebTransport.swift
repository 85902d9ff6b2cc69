internal import HomieAPI
internal import HomieModel
internal import HomieTransfer

/// Carries the API's requests to another device over HTTPS, as whoever `homie login` signed in, or with an API token.
struct WebTransport: APITransport {
    let device: String
    /// A file with the certificates to trust; nil for the system's.
    let authority: String?
    /// An API token; nil to use the session of `homie login`.
    let token: String?
    let store: CredentialStore
    let now: @Sendable () -> Timestamp

    private var client: WebClient {
        WebClient(
            settings: TransferSettings(
                connectTimeLimit: .seconds(10),
                stallTimeLimit: .seconds(120),
                certificateAuthority: authority,
                userAgent: "homie/\(HomieRelease.version)"
            )
        )
    }

    func send(_ request: APIRequest) async throws -> APIResponse {
        let answer = try await reaching {
            try await client.send(web(request, token: try await currentToken()))
        }
        return APIResponse(status: answer.status, body: answer.body)
    }

    func stream(_ request: APIRequest) async throws -> APIStreamResponse {
        let answer = try await reaching {
            try await client.stream(web(request, token: try await currentToken()))
        }
        return APIStreamResponse(status: answer.status, body: answer.body)
    }

    /// Without a token: for signing in.
    func sendAsNobody(_ request: APIRequest) async throws -> APIResponse {
        let answer = try await reaching { try await client.send(web(request, token: nil)) }
        return APIResponse(status: answer.status, body: answer.body)
    }

    /// The API for one who is not signed in yet.
    var anonymous: APIClient { APIClient(transport: Anonymous(transport: self)) }

    private func web(_ request: APIRequest, token: String?) -> WebRequest {
        var lines = request.headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        // libcurl would wait a second for a '100 Continue' before it sends a large body.
        lines.append("Expect:")
        if let token { lines.append("Authorization: Bearer \(token)") }
        return WebRequest(request.method.rawValue, device + request.target, headers: lines, body: request.body)
    }

    private func reaching<Answer: Sendable>(_ body: () async throws -> Answer) async throws -> Answer {
        do {
            return try await body()
        } catch let error as TransferError {
            switch error {
            case .unreachable(_, let reason): throw DeviceUnreachable(device: device, reason: reason, isTrusted: true)
            case .untrustedServer(_, let reason):
                throw DeviceUnreachable(device: device, reason: reason, isTrusted: false)
            default: throw error
            }
        }
    }

    /// The token to send.
    private func currentToken() async throws -> String? {
        if let token { return token }
        return try await KeptSession(device: device, store: store, now: now).token { try await anonymous.renew($0) }
    }
}

private struct Anonymous: APITransport {
    let transport: WebTransport

    func send(_ request: APIRequest) async throws -> APIResponse { try await transport.sendAsNobody(request) }

    func stream(_ request: APIRequest) async throws -> APIStreamResponse {
        let answer = try await send(request)
        return APIStreamResponse(status: answer.status, body: AsyncThrowingStream { nil })
    }
}

/// There is no connection to another device.
struct DeviceUnreachable: UserFacingError, Equatable {
    let device: String
    let reason: String
    /// False when it could not show who it is.
    let isTrusted: Bool

    var summary: String { "cannot reach \(device): \(reason)" }
    var hint: String? {
        isTrusted
            ? "check the name and that the device is on"
            : "name the certificates to trust with --ca-file; on the device they are in its state, 'gateway/authority/root.pem'"
    }
    var kind: ErrorKind { .unreachable }
}
