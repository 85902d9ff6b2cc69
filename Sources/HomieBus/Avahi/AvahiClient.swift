/// What of Avahi's D-Bus interfaces `org.freedesktop.Avahi.Server` and `.EntryGroup` publishing needs (Avahi 0.8,
/// `avahi-daemon/org.freedesktop.Avahi.*.xml`), one method per D-Bus method.
struct AvahiClient: Sendable {
    static let name = "org.freedesktop.Avahi"
    static let server = "org.freedesktop.Avahi.Server"
    static let group = "org.freedesktop.Avahi.EntryGroup"

    /// `AvahiServerState`
    enum ServerState: Int64, Sendable {
        case invalid, registering, running, collision, failure
    }

    /// `AvahiEntryGroupState`
    enum GroupState: Int64, Sendable {
        case uncommitted, registering, established, collision, failure
    }

    let bus: BusConnection

    static let signals = [
        SignalPattern.ownerChange(of: name),
        SignalPattern(sender: name, path: "/", interface: server, member: "StateChanged"),
        SignalPattern(sender: name, interface: group, member: "StateChanged"),
    ]

    /// Whether Avahi runs; it is not started for our sake.
    func isThere() async throws -> Bool {
        let method = BusMethod(
            destination: "org.freedesktop.DBus",
            path: "/org/freedesktop/DBus",
            interface: "org.freedesktop.DBus",
            name: "NameHasOwner"
        )
        return try await bus.call(method, [.string(Self.name)]).first?.flag ?? false
    }

    func state() async throws -> ServerState {
        let answer = try await call("GetState")
        return answer.first?.integer.flatMap { ServerState(rawValue: $0) } ?? .invalid
    }

    /// This device's own name, e.g. `homie.local`.
    func hostName() async throws -> String {
        let answer = try await call("GetHostNameFqdn")
        guard let name = answer.first?.text else { throw malformed("GetHostNameFqdn", answer) }
        return name
    }

    /// A group of entries that come and go together: its path.
    func newGroup() async throws -> String {
        let answer = try await call("EntryGroupNew")
        guard let path = answer.first?.text else { throw malformed("EntryGroupNew", answer) }
        return path
    }

    /// Adds a name that means another one (`CNAME`), on all interfaces, and only if nobody has it.
    func addAlias(_ name: String, of host: String, to group: String) async throws {
        let unique: UInt32 = 1
        let internet: UInt16 = 1
        let alias: UInt16 = 5
        _ = try await call(
            "AddRecord",
            at: group,
            [
                .int32(-1), .int32(-1), .uint32(unique), .string(name), .uint16(internet), .uint16(alias),
                .uint32(Self.lifetime), .array(of: "y", Self.encoded(host).map { .byte($0) }),
            ]
        )
    }

    /// How long others may keep what they were told, in seconds.
    private static let lifetime: UInt32 = 60

    func commit(_ group: String) async throws { _ = try await call("Commit", at: group) }
    func free(_ group: String) async throws { _ = try await call("Free", at: group) }

    /// A name as records carry it: labels with their lengths before them (RFC 1035, section 3.1).
    static func encoded(_ name: String) -> [UInt8] {
        name.split(separator: ".").flatMap { [UInt8(clamping: $0.utf8.count)] + Array($0.utf8) } + [0]
    }

    private func call(_ name: String, at group: String? = nil, _ arguments: [BusValue] = []) async throws -> [BusValue]
    {
        let method = BusMethod(
            destination: Self.name,
            path: group ?? "/",
            interface: group == nil ? Self.server : Self.group,
            name: name
        )
        return try await bus.call(method, arguments)
    }

    private func malformed(_ name: String, _ answer: [BusValue]) -> BusError {
        .malformed(method: name, signature: BusValue.structure(answer).signature)
    }
}
