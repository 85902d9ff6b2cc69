public import HomieModel

/// Has Avahi publish names under `.local`, for as long as somebody wants them: again when Avahi, or the bus, was away.
///
/// Each name is a group of its own, so that one that another device has does not take the others with it. When this process ends,
/// the bus tells Avahi, which withdraws what is left.
public actor NameAnnouncer {
    private enum Event: Sendable {
        case names([String])
        case connected(BusConnection)
        case disconnected(any Error)
        case signal(BusSignal)
        /// Time to try again what did not work.
        case retry
    }

    fileprivate struct Entry {
        /// Nil when it needs none, or has none any more.
        var group: String?
        var state: PublishedName.State
        var problem: String?
    }

    private let address: BusAddress
    private let pause: Duration
    private let onReport: @Sendable (NameReport) async -> Void
    private var client: AvahiClient?
    private var absence: String?
    private var hostName: String?
    private var wanted: [String] = []
    private var entries: [String: Entry] = [:]
    private var reported: NameReport?

    /// - Parameters:
    ///   - pause: before what did not work is tried again.
    ///   - onReport: told whenever something changes.
    public init(
        bus address: BusAddress,
        pause: Duration = .seconds(60),
        onReport: @escaping @Sendable (NameReport) async -> Void
    ) {
        self.address = address
        self.pause = pause
        self.onReport = onReport
    }

    /// Publishes the newest of `names` until it is cancelled.
    public func run(names: AsyncStream<[String]>) async {
        let (events, sender) = AsyncStream<Event>.makeStream()
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { for await names in names { sender.yield(.names(names)) } }
            tasks.addTask { await self.listen(sender) }
            tasks.addTask {
                while !Task.isCancelled {
                    do { try await Task.sleep(for: self.pause) } catch { return }
                    sender.yield(.retry)
                }
            }
            // One after the other: what Avahi says of a group comes after the group is known.
            tasks.addTask { for await event in events { await self.take(event) } }
            await withTaskCancellationHandler {
                await tasks.waitForAll()
            } onCancel: {
                sender.finish()
            }
        }
        // Who was cancelled could not ask for anything any more.
        await Task { await self.withdraw(Array(self.entries.keys)) }.value
    }

    private func listen(_ sender: AsyncStream<Event>.Continuation) async {
        while !Task.isCancelled {
            do {
                let connection = try await BusConnection.open(address)
                let signals = connection.signals(AvahiClient.signals)
                sender.yield(.connected(connection))
                for await signal in signals { sender.yield(.signal(signal)) }
                sender.yield(.disconnected(BusError.disconnected))
            } catch {
                sender.yield(.disconnected(error))
            }
            do { try await Task.sleep(for: pause) } catch { return }
        }
    }

    private func take(_ event: Event) async {
        switch event {
        case .names(let names): wanted = names.sorted()
        case .connected(let connection):
            client = AvahiClient(bus: connection)
            await begin()
        case .disconnected(let error):
            client = nil
            forget(Self.words(error))
        case .signal(let signal): await hear(signal)
        case .retry:
            if client != nil, absence != nil { await begin() }
            for (name, entry) in entries where entry.state == .taken || entry.state == .failed { entries[name] = nil }
        }
        await publish()
        await report()
    }

    // MARK: Avahi comes and goes

    /// Looks whether Avahi is there, and has a name for this device.
    private func begin() async {
        guard let client else { return }
        do {
            guard try await client.isThere() else { return forget("Avahi does not run") }
            switch try await client.state() {
            case .running:
                hostName = try await client.hostName()
                absence = nil
            case .registering, .collision, .invalid: forget("Avahi looks for a name for this device")
            case .failure: forget("Avahi has failed")
            }
        } catch {
            forget(Self.words(error))
        }
    }

    private func forget(_ reason: String) {
        absence = reason
        hostName = nil
        entries = [:]
    }

    private func hear(_ signal: BusSignal) async {
        switch signal.interface {
        case AvahiClient.group: hearOfGroup(signal)
        case AvahiClient.server:
            // Under another name of the device, or after a pause, everything is entered anew.
            await withdraw(Array(entries.keys))
            await begin()
        default:
            entries = [:]
            await begin()
        }
    }

    private func hearOfGroup(_ signal: BusSignal) {
        guard let name = entries.first(where: { $0.value.group == signal.path })?.key,
            let state = signal.arguments.first?.integer.flatMap({ AvahiClient.GroupState(rawValue: $0) })
        else { return }
        switch state {
        case .uncommitted, .registering: entries[name]?.state = .waiting
        case .established: entries[name]?.state = .published
        case .collision: entries[name]?.take(.taken, Self.collision)
        case .failure: entries[name]?.take(.failed, signal.arguments.last?.text ?? "Avahi does not say why")
        }
    }

    private static let collision = "another device of the network has this name"

    // MARK: names

    private func publish() async {
        await withdraw(entries.keys.filter { !wanted.contains($0) })
        for (name, entry) in entries where entry.group != nil && (entry.state == .taken || entry.state == .failed) {
            await withdraw([name])
            entries[name] = Entry(group: nil, state: entry.state, problem: entry.problem)
        }
        guard let client, absence == nil, let hostName else { return }
        for name in wanted where entries[name] == nil { await publish(name, of: hostName, client) }
    }

    private func publish(_ name: String, of hostName: String, _ client: AvahiClient) async {
        // Its own name Avahi publishes without us.
        guard name != hostName.lowercased() else {
            entries[name] = Entry(group: nil, state: .published)
            return
        }
        do {
            let group = try await client.newGroup()
            entries[name] = Entry(group: group, state: .waiting)
            try await client.addAlias(name, of: hostName, to: group)
            try await client.commit(group)
        } catch BusError.refused(_, "org.freedesktop.Avahi.CollisionError", _) {
            entries[name]?.take(.taken, "something else on this device publishes this name")
        } catch {
            let words = Self.words(error)
            if entries[name] == nil { entries[name] = Entry(group: nil, state: .failed) }
            entries[name]?.take(.failed, words)
        }
    }

    private func withdraw(_ names: [String]) async {
        for name in names {
            guard let group = entries.removeValue(forKey: name)?.group, let client else { continue }
            do {
                try await client.free(group)
            } catch {
                // Avahi has gone, and its groups with it; a signal tells of that, too.
                continue
            }
        }
    }

    private func report() async {
        let names = wanted.map { name in
            let entry = entries[name]
            return PublishedName(name: name, state: entry?.state ?? .waiting, problem: entry?.problem)
        }
        let report = NameReport(absence: absence, hostName: hostName, names: names)
        guard report != reported else { return }
        reported = report
        await onReport(report)
    }

    private static func words(_ error: any Error) -> String {
        (error as? any UserFacingError)?.summary ?? "\(error)"
    }
}

extension NameAnnouncer.Entry {
    fileprivate mutating func take(_ state: PublishedName.State, _ problem: String) {
        self.state = state
        self.problem = problem
    }
}
