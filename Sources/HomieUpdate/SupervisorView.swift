internal import FoundationEssentials
internal import HomieAPI
public import HomieModel
public import HomiePlanning
internal import HomieTransfer

/// What homied says about its services.
public struct SupervisorView: Sendable {
    let socket: String

    public init(socket: String) { self.socket = socket }

    /// All services of all stacks.
    ///
    /// - Throws: ``UpdateError/supervisorSilent(_:)``.
    public func services() async throws -> [ServiceStatus] {
        let settings = TransferSettings(
            connectTimeLimit: .seconds(5),
            stallTimeLimit: .seconds(10),
            attempts: 1,
            unixSocket: socket
        )
        do {
            let bytes = try await Downloader(settings: settings).fetch(
                "http://localhost/api/v1/stacks",
                limit: ByteCount(bytes: 64_000_000)
            )
            return try JSONDecoder().decode(StacksAnswer.self, from: Data(bytes)).stacks.flatMap(\.services)
        } catch let error as any UserFacingError {
            throw UpdateError.supervisorSilent(error.summary)
        } catch is DecodingError {
            throw UpdateError.supervisorSilent("its answer has another shape")
        }
    }

    /// What works now.
    ///
    /// - Throws: ``UpdateError/supervisorSilent(_:)``.
    public func baseline(version: SystemVersion) async throws -> BootBaseline {
        BootBaseline(version: version, takenAt: Surroundings.now, statuses: try await services())
    }
}
