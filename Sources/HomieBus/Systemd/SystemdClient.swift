/// What of systemd's D-Bus interface `org.freedesktop.systemd1.Manager` an updater needs.
public struct SystemdClient: Sendable {
    private static let name = "org.freedesktop.systemd1"

    private let bus: BusConnection

    public init(bus: BusConnection) { self.bus = bus }

    /// `StartUnit reboot.target`: stops everything in order, then restarts the device. Nothing can take it back.
    public func reboot() async throws {
        let method = BusMethod(
            destination: Self.name,
            path: "/org/freedesktop/systemd1",
            interface: "org.freedesktop.systemd1.Manager",
            name: "StartUnit"
        )
        _ = try await bus.call(method, [.string("reboot.target"), .string("replace-irreversibly")])
    }
}
