internal import CGIO
internal import Synchronization

/// Who wants to hear that a connection was closed by the other side.
final class ConnectionClosing: Sendable {
    private struct State {
        var isClosed = false
        var next = 0
        var listeners: [Int: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())
    private let connection: UInt
    private let handler: Mutex<gulong> = Mutex(0)

    init(_ connection: OpaquePointer) {
        self.connection = UInt(bitPattern: connection)
        // The signature of GDBusConnection's signal `closed`; GObject calls it with these arguments.
        let callback: @convention(c) (OpaquePointer?, gboolean, UnsafeMutablePointer<GError>?, gpointer?) -> Void = {
            _,
            _,
            _,
            box in
            if let box { Box<ConnectionClosing>.peek(box).value.close() }
        }
        let id = g_signal_connect_data(
            UnsafeMutableRawPointer(connection),
            "closed",
            unsafeBitCast(callback, to: GCallback.self),
            Box(value: self).retained(),
            { box, _ in if let box { Box<ConnectionClosing>.release(box) } },
            GConnectFlags(rawValue: 0)
        )
        handler.withLock { $0 = id }
    }

    /// Lets go of the connection's signal.
    func end() {
        let id = handler.withLock { id in
            defer { id = 0 }
            return id
        }
        if id != 0 { g_signal_handler_disconnect(UnsafeMutableRawPointer(bitPattern: connection), id) }
    }

    /// `body` is called once, at once when the connection is closed already.
    func onClose(_ body: @escaping @Sendable () -> Void) -> Int {
        let key: Int? = state.withLock { state in
            if state.isClosed { return nil }
            state.next += 1
            state.listeners[state.next] = body
            return state.next
        }
        if let key { return key }
        body()
        return 0
    }

    func forget(_ key: Int) { state.withLock { _ = $0.listeners.removeValue(forKey: key) } }

    private func close() {
        let listeners = state.withLock { state in
            state.isClosed = true
            defer { state.listeners = [:] }
            return Array(state.listeners.values)
        }
        for listener in listeners { listener() }
    }
}
