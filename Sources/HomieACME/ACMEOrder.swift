internal import HomieModel

/// Where proofs are shown to an authority, for as long as it looks.
public protocol ACMEProofs: Sendable {
    /// Answers `http://<any name>/.well-known/acme-challenge/<token>` with `content` (RFC 8555, section 8.3).
    func show(token: String, content: String) async throws
    func withdraw(token: String) async
    /// Sets a TXT record at `_acme-challenge.<host>` (RFC 8555, section 8.4); nil where nobody can.
    var records: (any ACMERecords)? { get }
}

/// Sets records in the DNS.
public protocol ACMERecords: Sendable {
    /// Returns when the authority can see it.
    func add(_ name: String, value: String) async throws
    func remove(_ name: String, value: String) async
}

/// One certificate, from the order to the download (RFC 8555, section 7.4).
struct ACMEOrder: Sendable {
    let authority: ACMEAuthority
    let key: AccountKey
    let proofs: any ACMEProofs
    let host: HostPattern
    /// Between two looks.
    var pause: Duration = .seconds(1)
    var looks = 90

    /// Certificate chain and key in one PEM text.
    func certificate() async throws -> String {
        let order = try await authority.post(
            try await authority.place("newOrder"),
            ["identifiers": [["type": "dns", "value": .string(host.text)]]]
        )
        guard let place = order.location else { throw ACMEError.unexpected("the order has no address") }
        let content = try order.json()
        for address in (content["authorizations"]?.arrayValue ?? []).compactMap(\.stringValue) {
            try await prove(address)
        }
        guard let finalize = content["finalize"]?.stringValue else {
            throw ACMEError.unexpected("the order cannot be finalised")
        }
        let request = try SigningRequest(for: host)
        _ = try await wait(place) { ["ready", "valid"].contains($0) }
        _ = try await authority.post(finalize, ["csr": .string(Base64URL.text(request.request))])
        let done = try await wait(place) { $0 == "valid" }
        guard let download = done["certificate"]?.stringValue else {
            throw ACMEError.unexpected("there is no certificate in the order")
        }
        let chain = String(decoding: try await authority.look(download).body, as: UTF8.self)
        guard chain.contains("-----BEGIN CERTIFICATE-----") else {
            throw ACMEError.unexpected("the certificate is no PEM")
        }
        let lines = (chain + "\n" + request.key).split(separator: "\n").map { $0.filter { $0 != "\r" } }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Shows one proof, has the authority look, and takes it away again (RFC 8555, section 7.5.1).
    private func prove(_ address: String) async throws {
        let authorization = try await authority.look(address).json()
        guard authorization["status"]?.stringValue != "valid" else { return }
        let challenges = authorization["challenges"]?.arrayValue ?? []
        func challenge(_ type: String) -> (url: String, token: String)? {
            let found = challenges.first { $0["type"]?.stringValue == type }
            guard let url = found?["url"]?.stringValue, let token = found?["token"]?.stringValue,
                token.utf8.allSatisfy({ Self.isTokenByte($0) }), (16...200).contains(token.utf8.count)
            else { return nil }
            return (url, token)
        }
        if let records = proofs.records, let found = challenge("dns-01") {
            let name = "_acme-challenge.\(host.isWildcard ? String(host.text.dropFirst(2)) : host.text)"
            let value = key.record(of: found.token)
            try await records.add(name, value: value)
            let result = await judged(found.url, address)
            await records.remove(name, value: value)
            try result.get()
        } else if let found = challenge("http-01") {
            try await proofs.show(token: found.token, content: key.authorization(of: found.token))
            let result = await judged(found.url, address)
            await proofs.withdraw(token: found.token)
            try result.get()
        } else {
            throw ACMEError.noWay(host)
        }
    }

    /// What goes into a map of HAProxy must be one word.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
        default: false
        }
    }

    private func judged(_ challenge: String, _ address: String) async -> Result<Void, any Error> {
        do {
            _ = try await authority.post(challenge, [:])
            _ = try await wait(address) { $0 == "valid" }
            return .success(())
        } catch {
            return .failure(error)
        }
    }

    /// Looks until the status is wanted.
    private func wait(_ url: String, _ isDone: (String) -> Bool) async throws -> JSONValue {
        for _ in 0..<looks {
            let state = try await authority.look(url).json()
            let status = state["status"]?.stringValue ?? ""
            if isDone(status) { return state }
            if ["invalid", "revoked", "expired", "deactivated"].contains(status) { throw refusal(state, status) }
            try await Task.sleep(for: pause)
        }
        throw ACMEError.slow(host: host)
    }

    private func refusal(_ state: JSONValue, _ status: String) -> ACMEError {
        let errors = [state["error"]] + (state["challenges"]?.arrayValue ?? []).map { $0["error"] }
        let error = errors.compactMap { $0 }.first
        return .refused(
            host: host.text,
            type: error?["type"]?.stringValue ?? "about:blank",
            detail: String((error?["detail"]?.stringValue ?? "it is \(status)").prefix(300))
        )
    }
}
