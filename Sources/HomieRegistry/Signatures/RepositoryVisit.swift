internal import HomieModel
internal import HomieTransfer

/// Several questions to one repository, with one token for all of them.
struct RepositoryVisit {
    let place: RegistryPlace
    let client: RegistryClient
    private var authorization: [String] = []

    init(place: RegistryPlace, client: RegistryClient) {
        self.place = place
        self.client = client
    }

    private static let settings = TransferSettings(stallTimeLimit: .seconds(20), attempts: 2)
    /// Manifests and signatures are a few kilobytes.
    private static let limit = ByteCount(bytes: 1 << 20)

    /// - Throws: ``RegistryError``
    mutating func isThere(_ path: String, accept: String) async throws -> Bool {
        let url = "\(place.repository)/\(path)"
        let answer = try await asking { lines in
            let answer = try await HeadRequest(settings: Self.settings).ask(url, headers: ["Accept: \(accept)"] + lines)
            return (answer.status, answer.fields, [])
        }
        return try isThere(answer.status)
    }

    /// The content of a path below the repository; nil when there is none.
    ///
    /// - Throws: ``RegistryError``
    mutating func document(_ path: String, accept: String) async throws -> [UInt8]? {
        let place = place
        let url = "\(place.repository)/\(path)"
        let answer = try await asking { lines in
            let request = WebRequest("GET", url, headers: ["Accept: \(accept)"] + lines)
            let answer = try await WebClient(settings: Self.settings).send(request, limit: Self.limit)
            guard [301, 302, 303, 307, 308].contains(answer.status), let location = answer.fields["location"] else {
                return (answer.status, answer.fields, answer.body)
            }
            // Blobs lie elsewhere at times; who keeps them there is not shown the login.
            guard location.hasPrefix("https://") || place.isPlain else {
                throw RegistryError.unexpected(place.reference, status: answer.status)
            }
            return (200, [:], try await Downloader(settings: Self.settings).fetch(location, limit: Self.limit))
        }
        return try isThere(answer.status) ? answer.body : nil
    }

    private typealias Answer = (status: Int, fields: [String: String], body: [UInt8])

    private mutating func asking(_ ask: ([String]) async throws -> Answer) async throws -> Answer {
        do {
            let answer = try await ask(authorization)
            guard answer.status == 401, authorization.isEmpty else { return answer }
            authorization = [try await client.authorization(answer.fields["www-authenticate"] ?? "", place)]
            return try await ask(authorization)
        } catch let error as TransferError {
            throw RegistryError.unreachable(place.reference, underlying: error)
        }
    }

    private func isThere(_ status: Int) throws -> Bool {
        switch status {
        case 200: return true
        // Registries that do not know the list of referrers say so in several ways.
        case 400, 404, 405, 501: return false
        case 401, 403: throw RegistryError.refused(place.reference)
        default: throw RegistryError.unexpected(place.reference, status: status)
        }
    }
}
