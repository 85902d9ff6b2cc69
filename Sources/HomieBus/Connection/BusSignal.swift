/// A signal as it came over the bus.
public struct BusSignal: Sendable, Hashable {
    /// The unique name of its sender.
    public var sender: String?
    public var path: String
    public var interface: String
    public var member: String
    public var arguments: [BusValue]
}

/// Which signals are wanted; nil accepts all.
public struct SignalPattern: Sendable, Hashable {
    public var sender: String?
    public var path: String?
    public var interface: String?
    public var member: String?
    /// The first argument, when it is text.
    public var firstArgument: String?

    public init(
        sender: String? = nil,
        path: String? = nil,
        interface: String? = nil,
        member: String? = nil,
        firstArgument: String? = nil
    ) {
        self.sender = sender
        self.path = path
        self.interface = interface
        self.member = member
        self.firstArgument = firstArgument
    }

    /// The bus tells that a name changed its owner.
    public static func ownerChange(of name: String) -> Self {
        Self(
            sender: "org.freedesktop.DBus",
            path: "/org/freedesktop/DBus",
            interface: "org.freedesktop.DBus",
            member: "NameOwnerChanged",
            firstArgument: name
        )
    }
}

/// One method of one object on the bus.
public struct BusMethod: Sendable, Hashable {
    public var destination: String
    public var path: String
    public var interface: String
    public var name: String

    public init(destination: String, path: String, interface: String, name: String) {
        self.destination = destination
        self.path = path
        self.interface = interface
        self.name = name
    }
}
