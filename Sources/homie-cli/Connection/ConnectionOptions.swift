internal import ArgumentParser
internal import HomieAPI
internal import HomieHTTP
internal import HomieModel
internal import HomieReceipts

/// `--host`: where the daemon is.
struct ConnectionOptions: ParsableArguments {
    static let standardSocket = "/run/homie/homied.sock"

    @Option(
        name: [.customLong("host"), .customLong("socket")],
        help: ArgumentHelp(
            "Another device, https://NAME, or the daemon's Unix socket (default: HOMIE_HOST, else HOMIE_SOCKET, else "
                + "/run/homie/homied.sock, else where 'homie login' was last).",
            valueName: "address"
        ),
        completion: .file()
    )
    var host: String?
    @Option(
        name: .customLong("ca-file"),
        help: ArgumentHelp(
            "The certificates to trust with https (default: HOMIE_CA_FILE, else the system's).",
            valueName: "pem"
        ),
        completion: .file()
    )
    var authority: String?
    @Option(
        name: .customLong("token-file"),
        help: ArgumentHelp(
            "A file with an API token (default: HOMIE_TOKEN_FILE, else what 'homie login' left).",
            valueName: "path"
        ),
        completion: .file()
    )
    var tokenFile: String?

    /// The daemon's API; nothing is connected until it is asked.
    ///
    /// - Throws: ``CommandError``
    func client(in surroundings: Surroundings) throws -> APIClient {
        switch try address(in: surroundings) {
        case .socket(let path):
            return APIClient(transport: SocketTransport(client: HTTPClient(socketPath: path, peer: "daemon")))
        case .web(let device):
            return APIClient(transport: try web(device, in: surroundings))
        }
    }

    /// - Throws: ``CommandError``
    func web(_ device: String, in surroundings: Surroundings) throws(CommandError) -> WebTransport {
        let store = CredentialStore(surroundings: surroundings)
        let kept = try store.read().devices[device]
        let file = authority ?? Self.variable("HOMIE_CA_FILE", in: surroundings) ?? kept?.authority
        return WebTransport(
            device: device,
            authority: file.map(surroundings.absolute),
            token: try token(in: surroundings),
            store: store,
            now: surroundings.now
        )
    }

    private func token(in surroundings: Surroundings) throws(CommandError) -> String? {
        guard let path = tokenFile ?? Self.variable("HOMIE_TOKEN_FILE", in: surroundings) else { return nil }
        return try SecretFile.read(surroundings.absolute(path))
    }

    /// - Throws: ``CommandError``
    func address(in surroundings: Surroundings) throws(CommandError) -> DeviceAddress {
        if let text = host ?? Self.variable("HOMIE_HOST", in: surroundings)
            ?? Self.variable("HOMIE_SOCKET", in: surroundings)
        {
            return try DeviceAddress(parsing: text)
        }
        if !HostFiles().isFile(Self.standardSocket),
            let last = try CredentialStore(surroundings: surroundings).read().current
        {
            return .web(last)
        }
        return .socket(Self.standardSocket)
    }

    static func variable(_ name: String, in surroundings: Surroundings) -> String? {
        surroundings.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension Surroundings {
    /// A path as seen from the working directory.
    func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(workingDirectory)/\(path)" }
}
