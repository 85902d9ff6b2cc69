import HomieSupervisor
import HomieSystemd
import Logging
import ServiceLifecycle

/// The loop; containers are left as they are when it ends.
struct SupervisorService: Service {
    let supervisor: Supervisor

    func run() async throws {
        try await cancelWhenGracefulShutdown { try await supervisor.run() }
    }
}

/// The jobs; what runs goes on when it ends.
struct JobService: Service {
    let keeper: JobKeeper

    func run() async throws {
        await cancelWhenGracefulShutdown { await keeper.run() }
    }
}

/// Feeds systemd's watchdog.
struct WatchdogService: Service {
    let watchdog: Watchdog

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await watchdog.run() }
        } catch is CancellationError {
            return
        }
    }
}

/// Keeps the line that `systemctl status` shows up to date.
struct StatusService: Service {
    let supervisor: Supervisor
    let notifier: ServiceNotifier
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var last = ""
            while !Task.isCancelled {
                let line = await supervisor.summary
                do {
                    // Without systemd nobody listens, and nothing needs to be said again.
                    if line != last, try !notifier.send(.status(line)) { return await untilCancelled() }
                } catch {
                    logger.warning("systemd cannot be told the status", metadata: ["error": "\(error)"])
                }
                last = line
                try? await Task.sleep(for: .seconds(5))
            }
        }
    }

    private func untilCancelled() async {
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
    }
}

/// Keeps the history of what is measured.
struct RecorderService: Service {
    let recorder: MeasurementRecorder

    func run() async throws { await cancelWhenGracefulShutdown { await recorder.run() } }
}
