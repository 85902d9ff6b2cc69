import Glibc
import HomieModel
import Logging
import Testing

@testable import HomieSystemd

/// Notifications to a real socket. Serialised, since the socket's name is in the environment of the whole process.
@Suite(.serialized) struct NotifyTests {
    private func withNotifySocket(_ body: (DatagramSocket) async throws -> Void) async throws {
        let socket = try DatagramSocket(path: "/tmp/homie-notify-\(getpid()).sock")
        setenv("NOTIFY_SOCKET", socket.path, 1)
        defer { unsetenv("NOTIFY_SOCKET") }
        try await body(socket)
    }

    @Test func `tells systemd that it is ready, with a status, in one message`() async throws {
        try await withNotifySocket { socket in
            let isHeard = try ServiceNotifier().send(.ready, .status("2 stacks, 7 services"))
            #expect(isHeard)
            #expect(socket.receiveText() == "READY=1\nSTATUS=2 stacks, 7 services")
        }
    }

    @Test func `sends every state in the words of sd_notify`() async throws {
        try await withNotifySocket { socket in
            let notifier = ServiceNotifier()
            try notifier.send(
                .stopping,
                .watchdog,
                .mainProcess(42),
                .extendTimeout(.seconds(1.5)),
                .reloading(monotonicMicroseconds: 7)
            )
            let expected =
                "STOPPING=1\nWATCHDOG=1\nMAINPID=42\nEXTEND_TIMEOUT_USEC=1500000\nRELOADING=1\nMONOTONIC_USEC=7"
            #expect(socket.receiveText() == expected)
        }
    }

    @Test func `a status cannot smuggle in another assignment`() async throws {
        try await withNotifySocket { socket in
            try ServiceNotifier().send(.status("first\nMAINPID=1\r\nsecond"))
            #expect(socket.receiveText() == "STATUS=first MAINPID=1 second")
        }
    }

    @Test func `without a socket nothing is sent and nothing is wrong`() throws {
        unsetenv("NOTIFY_SOCKET")
        #expect(try ServiceNotifier().send(.ready) == false)
        #expect(!SystemdEnvironment.notificationIsExpected)
    }

    @Test func `a socket that nobody holds is an error with a hint`() throws {
        setenv("NOTIFY_SOCKET", "/tmp/homie-notify-nobody.sock", 1)
        defer { unsetenv("NOTIFY_SOCKET") }
        #expect(throws: SystemdError.notification(errno: ENOENT)) { try ServiceNotifier().send(.ready) }
        #expect(SystemdError.notification(errno: ENOENT).description.contains("NOTIFY_SOCKET"))
    }

    @Test func `feeds the watchdog while the work gets on`() async throws {
        try await withNotifySocket { socket in
            let watchdog = Watchdog(
                interval: .milliseconds(10),
                limit: .seconds(3600),
                progress: ProgressCounter(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            let feeding = Task { try await watchdog.run() }
            for _ in 0..<3 { #expect(socket.receiveText() == "WATCHDOG=1") }
            feeding.cancel()
            try await feeding.value
        }
    }

    @Test func `lets the watchdog starve when the work hangs`() async throws {
        try await withNotifySocket { socket in
            // No wait is short enough for this limit: every look finds the work hanging.
            let watchdog = Watchdog(
                interval: .milliseconds(2),
                limit: .nanoseconds(-1),
                progress: ProgressCounter(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            let feeding = Task { try await watchdog.run() }
            try await Task.sleep(for: .milliseconds(20))
            feeding.cancel()
            try await feeding.value
            #expect(socket.receiveText(waiting: false) == nil)
        }
    }

    @Test func `knows the interval that the unit asks for`() throws {
        setenv("WATCHDOG_USEC", "30000000", 1)
        defer { unsetenv("WATCHDOG_USEC") }
        #expect(try Watchdog.requestedInterval() == .seconds(30))
        setenv("WATCHDOG_PID", "1", 1)
        #expect(try Watchdog.requestedInterval() == nil, "meant for another process")
        unsetenv("WATCHDOG_PID")
        setenv("WATCHDOG_USEC", "soon", 1)
        #expect(throws: SystemdError.watchdogSettings(errno: EINVAL)) { try Watchdog.requestedInterval() }
    }

    @Test func `takes over no sockets when none are passed`() throws {
        #expect(try ListenSocket.takeOver().isEmpty)
        setenv("LISTEN_PID", "\(getpid())", 1)
        setenv("LISTEN_FDS", "many", 1)
        #expect(throws: SystemdError.listenSockets(errno: EINVAL)) { try ListenSocket.takeOver() }
        #expect(getenv("LISTEN_FDS") == nil, "the variables are cleared for children")
    }
}
