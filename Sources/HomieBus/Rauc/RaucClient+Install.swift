internal import HomieModel

extension RaucClient {
    /// `InstallBundle`: installs a bundle, a file or an `http(s)` address, into the slots that do not run.
    ///
    /// Returns when RAUC has completed it. Cancelling the task ends the waiting; RAUC has no way to be stopped, and
    /// goes on.
    ///
    /// - Parameters:
    ///   - lock: shows that nobody else of ours is installing.
    ///   - report: called with every step of progress, in order.
    /// - Throws: ``RaucError`` with the cause, ``BusError``, `CancellationError`.
    public func install(
        bundle: String,
        options: RaucInstallOptions = RaucInstallOptions(),
        lock: InstallLock,
        report: @Sendable (RaucProgress) -> Void
    ) async throws {
        defer { withExtendedLifetime(lock) {} }
        // Somebody may be installing by hand, without our lock; their `Completed` would be taken for ours.
        if try await overview().operation == "installing" { throw RaucError.busy }
        let signals = bus.signals([
            SignalPattern(sender: name, path: Self.path),
            .ownerChange(of: name),
        ])
        do {
            do {
                _ = try await call("InstallBundle", [.string(bundle), options.arguments])
            } catch BusError.refused(_, _, let message) where message.contains("Unsupported key: require-manifest-hash")
            {
                // RAUC tells the hash from 1.10 on, and asks for it only since 1.14.
                var known = options
                known.requiredManifestHash = nil
                _ = try await call("InstallBundle", [.string(bundle), known.arguments])
            }
        } catch BusError.refused(_, "org.freedesktop.DBus.Error.UnknownMethod", _) {
            throw BusError.noService(name: name, reason: "it is older than RAUC 1.4")
        } catch BusError.silent, BusError.noService {
            throw RaucError.daemonDied(bundle: bundle)
        }
        var lastError = ""
        for await signal in signals {
            switch event(signal) {
            case .progress(let progress): report(progress)
            case .lastError(let text): lastError = text
            case .completed(0): return
            case .completed: throw await failure(bundle: bundle, announced: lastError)
            case .ownerLost: throw RaucError.daemonDied(bundle: bundle)
            case nil: break
            }
        }
        try Task.checkCancellation()
        throw RaucError.lostContact(bundle: bundle)
    }

    private enum Event {
        case progress(RaucProgress)
        case lastError(String)
        case completed(Int64)
        case ownerLost
    }

    private func event(_ signal: BusSignal) -> Event? {
        switch (signal.interface, signal.member) {
        case (Self.interface, "Completed"): return .completed(signal.arguments.first?.integer ?? 1)
        case ("org.freedesktop.DBus", "NameOwnerChanged"):
            return signal.arguments.last?.text == "" ? .ownerLost : nil
        case ("org.freedesktop.DBus.Properties", "PropertiesChanged"):
            guard signal.arguments.first?.text == Self.interface, signal.arguments.count > 1 else { return nil }
            let changes = signal.arguments[1].dictionary ?? [:]
            if let text = changes["LastError"]?.text, !text.isEmpty { return .lastError(text) }
            guard let step = changes["Progress"]?.elements, step.count == 3, let percentage = step[0].integer else {
                return nil
            }
            return .progress(
                RaucProgress(
                    percentage: Int(percentage),
                    message: step[1].text ?? "",
                    depth: Int(step[2].integer ?? 0)
                )
            )
        default: return nil
        }
    }

    /// The reason comes as a property, before or after `Completed`.
    private func failure(bundle: String, announced: String) async -> RaucError {
        var message = announced
        if message.isEmpty, let overview = try? await overview() { message = overview.lastError }
        if message.isEmpty { message = "RAUC gave no reason" }
        return .installFailed(bundle: bundle, cause: .init(lastError: message), message: message)
    }
}
