import FoundationEssentials
import Glibc
import HomieAccess
import HomieGateway
import HomieModel
import HomieServer
import HomieStore
import HomieSupervisor
import HomieTransfer
import Logging

/// Who may come in, put together: keys from the state directory, users from the store, and the token that lets the first
/// user in while there is none.
struct FrontDoor {
    private(set) var gate: AccessGate
    private let access: AccessControl
    private let keyName: String

    /// - Throws: what keeps keys or users from being read.
    init(
        _ configuration: Configuration,
        store: SQLiteStateStore,
        clocks: Clocks,
        logger: Logger
    ) async throws {
        let folder = try KeyFolder(path: configuration.stateDirectory + "/access", now: clocks.wall())
        let (key, seal) = try folder.keys { place in
            logger.error("a key could not be read and was put aside", metadata: ["place": "\(place)"])
        }
        keyName = key.identity
        let note = SetUpNote(socket: configuration.socket)
        access = AccessControl(
            store: store,
            key: key,
            seal: seal,
            wall: clocks.wall,
            uptime: clocks.uptime,
            onFirstUser: { note.remove() }
        )
        let policy = RatePolicy("default", count: configuration.apiRate, window: .seconds(60))
        gate = AccessGate(
            access: access,
            openID: try Self.openID(configuration, access: access, clocks: clocks),
            limiter: RateLimiter(policy, uptime: clocks.uptime),
            wall: clocks.wall
        )
        note.remove()
        if let token = try await access.load() {
            try note.write(token)
            logger.notice(
                "nobody can sign in yet: make the first user with the token in this file, or with 'homie user add' on the device",
                metadata: ["file": "\(note.path)"]
            )
        }
    }

    private static func openID(
        _ configuration: Configuration,
        access: AccessControl,
        clocks: Clocks
    ) throws -> OpenIDSignIn? {
        guard var settings = configuration.openID else { return nil }
        if let file = configuration.openIDSecretFile {
            guard let data = FileManager.default.contents(atPath: file) else {
                throw ConfigurationError.unreadable(path: file)
            }
            settings.secret = String(decoding: data, as: UTF8.self).trimmedOfSpace
        }
        return OpenIDSignIn(settings, exchange: ProviderExchange(), access: access, wall: clocks.wall)
    }

    /// Lets browsers sign in at the gateway.
    mutating func serve(pagesAt gateway: GatewayController, _ settings: GatewaySettings) async {
        await access.inform(
            Doorkeeper(refuse: { try await gateway.refuse($0) }, admit: { try await gateway.admit($0) })
        )
        guard let port = settings.https.first?.port else { return }
        gate.pages = PageSettings(
            domain: settings.domain.text,
            port: port,
            pathPort: settings.pathForms.first?.port
        ) { await gateway.serves($0) }
    }

    /// The gateway's settings, which must know who signs session tokens.
    func admitting(_ settings: GatewaySettings) -> GatewaySettings {
        var settings = settings
        settings.sessionKeyName = keyName
        return settings
    }
}

/// The files beside the socket that hold the set-up token while there is no user; on the appliance they are in memory only.
struct SetUpNote: Sendable {
    let path: String
    /// What the console shows above its login prompt (issue(5)).
    private var issue: String { path + ".issue" }

    init(socket: String) {
        let folder = socket.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        path = folder + "/setup-token"
    }

    func write(_ token: String) throws {
        let folder = String(path.dropLast("/setup-token".count))
        if !folder.isEmpty { mkdir(folder, 0o755) }
        try KeyFolder.write(token + "\n", to: path, mode: 0o600)
        let words = "\nHomie has no user yet. Whoever has this token makes the first one: \(token)\n\n"
        try KeyFolder.write(words, to: issue, mode: 0o600)
    }

    func remove() {
        unlink(path)
        unlink(issue)
    }
}

/// Speaks with the identity provider.
private struct ProviderExchange: OpenIDExchange {
    func send(_ url: String, form: [UInt8]?, authorization: String?) async throws -> (status: Int, body: [UInt8]) {
        var headers = ["Accept: application/json"]
        if form != nil { headers.append("Content-Type: application/x-www-form-urlencoded") }
        if let authorization { headers.append("Authorization: \(authorization)") }
        let client = WebClient(settings: TransferSettings(connectTimeLimit: .seconds(10), stallTimeLimit: .seconds(20)))
        let request = WebRequest(form == nil ? "GET" : "POST", url, headers: headers, body: form)
        let answer = try await client.send(request, limit: ByteCount(bytes: 1 << 20))
        return (answer.status, answer.body)
    }
}

extension String {
    /// Without the line's end that editors leave.
    fileprivate var trimmedOfSpace: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
