internal import FoundationEssentials
internal import HomieModel
internal import HomieTransfer

/// The conversation with one certificate authority (RFC 8555): every request signed, every nonce used once.
actor ACMEAuthority {
    struct Answer: Sendable {
        var status: Int
        var fields: [String: String]
        var body: [UInt8]

        var location: String? { fields["location"] }

        /// - Throws: ``ACMEError/unexpected(_:)``
        func json() throws(ACMEError) -> JSONValue {
            do {
                return try JSONDecoder().decode(JSONValue.self, from: Data(body))
            } catch {
                throw .unexpected("it is no JSON (status \(status))")
            }
        }
    }

    private let directory: String
    private let client: WebClient
    private let key: AccountKey
    private var places: [String: String] = [:]
    private var nonces: [String] = []
    private var account: String?

    /// So often a request is signed anew when its nonce is refused.
    private static let attempts = 8

    init(directory: String, key: AccountKey, settings: TransferSettings) {
        self.directory = directory
        self.key = key
        client = WebClient(settings: settings)
    }

    /// Makes sure of an account for the key; one that is there is found again (RFC 8555, section 7.3).
    func register(mail: String?) async throws {
        guard account == nil else { return }
        var wish: [String: JSONValue] = ["termsOfServiceAgreed": true]
        if let mail { wish["contact"] = [.string("mailto:\(mail)")] }
        let answer = try await post(try await place("newAccount"), .object(wish))
        guard let place = answer.location else { throw ACMEError.unexpected("the account has no address") }
        account = place
    }

    /// The address of a resource of the directory (RFC 8555, section 7.1.1).
    func place(_ name: String) async throws -> String {
        if places.isEmpty {
            let answer = try await send(WebRequest("GET", directory))
            guard answer.status == 200 else { throw ACMEError.unexpected("the directory has status \(answer.status)") }
            places = (try answer.json().objectValue ?? [:]).compactMapValues(\.stringValue)
        }
        guard let place = places[name] else { throw ACMEError.unexpected("its directory has no '\(name)'") }
        return place
    }

    /// Looks at a resource (POST-as-GET; RFC 8555, section 6.3).
    func look(_ url: String) async throws -> Answer { try await post(url, nil) }

    /// Sends a signed request; answers that are no success are thrown.
    func post(_ url: String, _ payload: JSONValue?) async throws -> Answer {
        for attempt in 1...Self.attempts {
            let body = try key.sign(payload, url: url, nonce: try await nonce(), account: account)
            let headers = [
                "Content-Type: application/jose+json", "Accept: application/json, application/pem-certificate-chain",
            ]
            let answer = try await send(WebRequest("POST", url, headers: headers, body: body))
            guard answer.status >= 400 else { return answer }
            let problem = try? answer.json()
            let type = problem?["type"]?.stringValue ?? "about:blank"
            // Nonces get old; the answer brings a new one (RFC 8555, section 6.5).
            if type == "urn:ietf:params:acme:error:badNonce", attempt < Self.attempts { continue }
            throw ACMEError.refused(host: nil, type: type, detail: Self.words(problem, answer.status))
        }
        throw ACMEError.unexpected("it takes no nonce")
    }

    private static func words(_ problem: JSONValue?, _ status: Int) -> String {
        String((problem?["detail"]?.stringValue ?? "status \(status)").prefix(300))
    }

    private func nonce() async throws -> String {
        if let nonce = nonces.popLast() { return nonce }
        let answer = try await send(WebRequest("GET", try await place("newNonce")))
        guard answer.status < 300, let nonce = nonces.popLast() else {
            throw ACMEError.unexpected("it gives no nonce (status \(answer.status))")
        }
        return nonce
    }

    private func send(_ request: WebRequest) async throws -> Answer {
        do {
            let response = try await client.send(request, limit: ByteCount(bytes: 1 << 20))
            if let nonce = response.fields["replay-nonce"] { nonces = nonces.suffix(8) + [nonce] }
            return Answer(status: response.status, fields: response.fields, body: response.body)
        } catch let error as TransferError {
            throw ACMEError.unreachable(underlying: error)
        }
    }
}
