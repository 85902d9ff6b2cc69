internal import ArgumentParser
internal import HomieAPI
internal import HomieHTTP

/// `--socket`: where the daemon is.
struct ConnectionOptions: ParsableArguments {
    @Option(
        name: [.customLong("socket"), .customLong("host")],
        help: ArgumentHelp(
            "The daemon's Unix socket (default: HOMIE_SOCKET, else /run/homie/homied.sock).",
            valueName: "path"
        ),
        completion: .file()
    )
    var socket: String?

    /// The daemon's API; nothing is connected until it is asked.
    ///
    /// - Throws: ``CommandError/unsupportedHost(_:)``
    func client(in surroundings: Surroundings) throws -> APIClient {
        let path = try Self.path(socket, in: surroundings)
        return APIClient(transport: SocketTransport(client: HTTPClient(socketPath: path, peer: "daemon")))
    }

    static func path(_ given: String?, in surroundings: Surroundings) throws(CommandError) -> String {
        let variable = surroundings.environment["HOMIE_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
        let text = given ?? variable ?? "/run/homie/homied.sock"
        var path = Substring(text)
        if path.hasPrefix("unix://") { path = path.dropFirst(7) }
        // A socket's address has room for 107 bytes (unix(7)).
        guard !path.isEmpty, !path.contains("://"), path.utf8.count < 108, !path.utf8.contains(0) else {
            throw .unsupportedHost(text)
        }
        return String(path)
    }
}
