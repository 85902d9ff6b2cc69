/// Which message bus to talk to.
public enum BusAddress: Sendable, Hashable {
    /// The system bus; GDBus looks for it in `DBUS_SYSTEM_BUS_ADDRESS` first.
    case system
    /// An address as in the D-Bus specification, e.g. `unix:path=/run/test/bus`.
    case address(String)

    /// What `HOMIE_BUS_ADDRESS` names, else the system bus.
    public init(environment: [String: String]) {
        if let text = environment["HOMIE_BUS_ADDRESS"], !text.isEmpty {
            self = .address(text)
        } else {
            self = .system
        }
    }
}
