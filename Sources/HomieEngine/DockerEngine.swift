internal import HomieHTTP
public import HomieSupervisor
public import Logging

/// The Docker Engine behind its Unix socket, spoken to in API 1.41 or newer (Docker 20.10 and later).
///
/// Nothing is connected until the first call, and the engine may come and go between calls.
public struct DockerEngine: ContainerEngine {
    /// Where the engine of a host usually listens.
    public static let defaultSocketPath = "/var/run/docker.sock"

    let connection: EngineConnection
    let credentials: CredentialStore
    let logger: Logger
    let overdue = OverdueCommands()
    /// The inspections of one listing are over after this long; the list alone tells of the containers that remain.
    var inspectionLimit: Duration = .seconds(15)

    /// - Parameter credentialsPath: The `config.json` of `docker login`; nil for the one of the user this runs as.
    public init(
        socketPath: String = DockerEngine.defaultSocketPath,
        credentialsPath: String? = nil,
        logger: Logger
    ) {
        connection = EngineConnection(client: HTTPClient(socketPath: socketPath, peer: "Docker Engine"))
        credentials = CredentialStore(path: credentialsPath ?? CredentialStore.defaultPath())
        self.logger = logger
    }
}
