// GDBus documents GDBusConnection and GCancellable as usable from every thread; the compiler cannot know this of a
// pointer, hence `@unchecked Sendable`.

internal import CGIO

/// A connection to a message bus: method calls as async functions, signals as streams.
///
/// All callbacks of GDBus arrive on one thread with a main context of its own; nothing of GLib's default context is
/// used.
public final class BusConnection: @unchecked Sendable {
    /// How long a call waits for its answer, unless it says otherwise.
    public static let standardTimeLimit: Duration = .seconds(25)

    private let loop: MainLoop
    private let connection: OpaquePointer
    private let closing: ConnectionClosing

    private init(loop: MainLoop, connection: OpaquePointer) {
        self.loop = loop
        self.connection = connection
        closing = ConnectionClosing(connection)
        g_dbus_connection_set_exit_on_close(connection, 0)
    }

    deinit {
        closing.end()
        // Not on this thread: an answer that is on its way would find its connection gone.
        let address = UInt(bitPattern: connection)
        loop.queue { g_object_unref(UnsafeMutableRawPointer(bitPattern: address)) }
    }

    /// Connects to a bus.
    ///
    /// - Throws: ``BusError/unreachable(address:reason:)``.
    public static func open(_ address: BusAddress) async throws -> BusConnection {
        let loop = MainLoop()
        return try await withCheckedThrowingContinuation { continuation in
            loop.queue { continuation.resume(with: Result { try openBlocking(address, loop: loop) }) }
        }
    }

    /// Connecting takes a moment on a Unix socket, and the thread has nothing else to do yet.
    private static func openBlocking(_ address: BusAddress, loop: MainLoop) throws -> BusConnection {
        var error: UnsafeMutablePointer<GError>?
        var text: String
        switch address {
        case .address(let given): text = given
        case .system:
            guard let found = g_dbus_address_get_for_bus_sync(G_BUS_TYPE_SYSTEM, nil, &error) else {
                throw unreachable("the system bus", error)
            }
            text = String(cString: found)
            g_free(found)
        }
        // A connection of our own: the one that g_bus_get shares belongs to the default context.
        let flags = GDBusConnectionFlags(
            rawValue: G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT.rawValue
                | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION.rawValue
        )
        guard let connection = g_dbus_connection_new_for_address_sync(text, flags, nil, nil, &error) else {
            throw unreachable(text, error)
        }
        return BusConnection(loop: loop, connection: connection)
    }

    private static func unreachable(_ address: String, _ error: UnsafeMutablePointer<GError>?) -> BusError {
        defer { if let error { g_error_free(error) } }
        let reason = error.flatMap { $0.pointee.message }.map { String(cString: $0) } ?? "no reason was given"
        return .unreachable(address: address, reason: reason)
    }

    /// Calls a method and waits for its answer, the values it returns.
    ///
    /// - Parameter timeLimit: nil waits for ever.
    /// - Throws: ``BusError``, or `CancellationError` when the task was cancelled (the service may have acted all the
    ///   same).
    public func call(
        _ method: BusMethod,
        _ arguments: [BusValue] = [],
        timeLimit: Duration? = standardTimeLimit
    ) async throws -> [BusValue] {
        let cancellable = Cancellable()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                loop.queue { [self] in
                    let call = PendingCall(connection: self, method: method, continuation: continuation)
                    g_dbus_connection_call(
                        connection,
                        method.destination,
                        method.path,
                        method.interface,
                        method.name,
                        BusValue.structure(arguments).variant(),
                        nil,
                        G_DBUS_CALL_FLAGS_NONE,
                        timeLimit.map(Self.milliseconds) ?? Int32.max,
                        cancellable.pointer,
                        { source, result, box in
                            guard let box else { return }
                            Box<PendingCall>.take(box).value.finish(source, result)
                        },
                        Box(value: call).retained()
                    )
                }
            }
        } onCancel: {
            cancellable.cancel()
        }
    }

    private static func milliseconds(_ duration: Duration) -> Int32 {
        let (seconds, attoseconds) = duration.components
        return Int32(clamping: max(1, seconds * 1000 + attoseconds / 1_000_000_000_000_000))
    }

    /// Signals from now on, in the order in which they came; of several patterns too. It ends when the connection is
    /// lost.
    ///
    /// The bus has been asked for them before any call that is made later reaches it.
    public func signals(_ patterns: [SignalPattern]) -> AsyncStream<BusSignal> {
        AsyncStream { continuation in
            let subscriptions = Subscriptions()
            let key = closing.onClose { continuation.finish() }
            loop.queue { [self] in
                for pattern in patterns {
                    let id = g_dbus_connection_signal_subscribe(
                        connection,
                        pattern.sender,
                        pattern.interface,
                        pattern.member,
                        pattern.path,
                        pattern.firstArgument,
                        G_DBUS_SIGNAL_FLAGS_NONE,
                        { _, sender, path, interface, member, parameters, box in
                            guard let box, let path, let interface, let member, let parameters else { return }
                            Box<AsyncStream<BusSignal>.Continuation>.peek(box).value.yield(
                                BusSignal(
                                    sender: sender.map { String(cString: $0) },
                                    path: String(cString: path),
                                    interface: String(cString: interface),
                                    member: String(cString: member),
                                    arguments: BusValue(parameters).elements ?? []
                                )
                            )
                        },
                        Box(value: continuation).retained(),
                        { box in if let box { Box<AsyncStream<BusSignal>.Continuation>.release(box) } }
                    )
                    subscriptions.add(id)
                }
            }
            // Keeps the connection for as long as somebody listens.
            continuation.onTermination = { [self] _ in
                closing.forget(key)
                loop.queue { [self] in
                    for id in subscriptions.ids { g_dbus_connection_signal_unsubscribe(connection, id) }
                }
            }
        }
    }
}

/// The subscriptions of one stream; touched only on the connection's thread.
private final class Subscriptions: @unchecked Sendable {
    private(set) var ids: [guint] = []

    func add(_ id: guint) { ids.append(id) }
}

private final class Cancellable: @unchecked Sendable {
    let pointer = g_cancellable_new()

    deinit { g_object_unref(UnsafeMutableRawPointer(pointer)) }

    func cancel() { g_cancellable_cancel(pointer) }
}

/// A call that waits for its answer; keeps its connection meanwhile.
private struct PendingCall {
    let connection: BusConnection
    let method: BusMethod
    let continuation: CheckedContinuation<[BusValue], any Error>

    func finish(_ source: UnsafeMutablePointer<GObject>?, _ result: OpaquePointer?) {
        var error: UnsafeMutablePointer<GError>?
        guard let reply = g_dbus_connection_call_finish(source.map { OpaquePointer($0) }, result, &error) else {
            continuation.resume(throwing: BusError.taking(error, method: method))
            return
        }
        defer { g_variant_unref(reply) }
        continuation.resume(returning: BusValue(reply).elements ?? [])
    }
}
