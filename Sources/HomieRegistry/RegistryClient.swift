internal import FoundationEssentials
internal import HomieModel
public import HomieSupervisor
internal import HomieTransfer

/// Asks registries for digests without fetching anything: `HEAD` on the manifest, which registries do not count as a pull
/// (OCI Distribution Specification 1.1, "Checking if content exists in the registry").
public struct RegistryClient: ImageRegistry {
    private let logins: any RegistryLogins

    public init(logins: any RegistryLogins) { self.logins = logins }

    /// Lists first: their digest is what the engine keeps of an image it pulled.
    private static let accept =
        "Accept: application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, "
        + "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"

    /// - Throws: ``RegistryError``
    public func digest(of reference: String) async throws -> String {
        let place = try RegistryPlace(parsing: reference)
        var answer = try await head(place, [])
        if answer.status == 401 {
            let line = try await authorization(answer.fields["www-authenticate"] ?? "", place)
            answer = try await head(place, [line])
        }
        switch answer.status {
        case 200:
            guard let digest = answer.fields["docker-content-digest"], digest.hasPrefix("sha256:") else {
                throw RegistryError.unexpected(reference, status: 200)
            }
            return digest
        case 401, 403: throw RegistryError.refused(reference)
        case 404: throw RegistryError.unknown(reference)
        default: throw RegistryError.unexpected(reference, status: answer.status)
        }
    }

    private func head(_ place: RegistryPlace, _ headers: [String]) async throws -> HeadRequest.Answer {
        do {
            return try await HeadRequest(settings: TransferSettings(stallTimeLimit: .seconds(20)))
                .ask(place.manifest, headers: [Self.accept] + headers)
        } catch let error as TransferError {
            throw RegistryError.unreachable(place.reference, underlying: error)
        }
    }

    /// The line that answers a challenge (RFC 9110, section 11.6.1; distribution's "Token Authentication").
    func authorization(_ challenge: String, _ place: RegistryPlace) async throws -> String {
        let login = try await logins.password(for: place.registry)
        let basic = login.map { "Authorization: Basic " + Data("\($0.user):\($0.password)".utf8).base64EncodedString() }
        guard challenge.lowercased().hasPrefix("bearer ") else {
            guard let basic else { throw RegistryError.refused(place.reference) }
            return basic
        }
        let fields = Self.parameters(challenge.dropFirst("bearer ".count))
        guard let realm = fields["realm"], realm.hasPrefix("https://") || place.isPlain else {
            throw RegistryError.refused(place.reference)
        }
        var query = "scope=\(Self.escaped(fields["scope"] ?? "repository:\(place.path):pull"))"
        if let service = fields["service"] { query += "&service=\(Self.escaped(service))" }
        let url = realm + (realm.contains("?") ? "&" : "?") + query
        let settings = TransferSettings(stallTimeLimit: .seconds(20), attempts: 2, headers: basic.map { [$0] } ?? [])
        do {
            let bytes = try await Downloader(settings: settings).fetch(url, limit: ByteCount(bytes: 1 << 20))
            let answer = try JSONDecoder().decode(Token.self, from: Data(bytes))
            guard let token = answer.token ?? answer.access_token else { throw RegistryError.refused(place.reference) }
            return "Authorization: Bearer \(token)"
        } catch let error as TransferError {
            throw RegistryError.unreachable(place.reference, underlying: error)
        } catch is DecodingError {
            throw RegistryError.refused(place.reference)
        }
    }

    private struct Token: Decodable {
        var token: String?
        var access_token: String?
    }

    /// `name="value"` pairs, separated by commas outside of quotes.
    static func parameters(_ text: some StringProtocol) -> [String: String] {
        var fields: [String: String] = [:]
        var name = ""
        var value = ""
        var isQuoted = false
        var isValue = false
        func store() { if !name.isEmpty { fields[name.filter { $0 != " " }.lowercased()] = value } }
        for character in text {
            switch character {
            case "\"": isQuoted.toggle()
            case "=" where !isValue: isValue = true
            case "," where !isQuoted:
                store()
                (name, value, isValue) = ("", "", false)
            default: if isValue { value.append(character) } else { name.append(character) }
            }
        }
        store()
        return fields
    }

    private static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case 0x61...0x7A, 0x41...0x5A, 0x30...0x39, 0x2D, 0x2E, 0x5F, 0x7E: String(Unicode.Scalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }
}
