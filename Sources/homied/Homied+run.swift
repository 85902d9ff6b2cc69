import CMalloc
import HomieStore
import HomieSystemd
import HomieTracing
import Logging
import ServiceLifecycle
import UnixSignals

extension Homied {
    /// Runs the daemon until a signal or a part that ends.
    static func run(_ configuration: Configuration) async throws {
        let logger = configuration.logDestination.logger(
            label: "homied",
            level: configuration.logLevel,
            provider: .tracePlace
        )
        FileLimit.raise()
        // Freed memory of short bursts on many threads would stay with each of them.
        mallopt(M_ARENA_MAX, 2)
        let daemon = try await Daemon(configuration, logger: logger)
        // The framework's own lines are of interest to nobody but its authors.
        var quiet = logger
        quiet.logLevel = max(.warning, logger.logLevel)
        var group = ServiceGroupConfiguration(
            services: try daemon.services().map {
                .init(
                    service: $0,
                    successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup
                )
            },
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: quiet
        )
        // A client that never ends its request must not hold up the daemon's end.
        group.maximumGracefulShutdownDuration = .seconds(10)
        try await ServiceGroup(configuration: group).run()
        try daemon.store.close()
    }
}
