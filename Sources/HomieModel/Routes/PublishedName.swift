/// A name under `.local` that this device wants to be found by (multicast DNS, RFC 6762).
public struct PublishedName: Sendable, Hashable, Codable {
    public enum State: String, Sendable, Hashable, Codable, CaseIterable {
        /// On its way: whether it is free takes a second to find out.
        case waiting
        /// Found by every device of the network.
        case published
        /// Another device's.
        case taken
        case failed
    }

    public var name: String
    public var state: State
    /// What stands in the way, in one sentence.
    public var problem: String?

    public init(name: String, state: State, problem: String? = nil) {
        self.name = name
        self.state = state
        self.problem = problem
    }
}

/// How publishing names stands.
public struct NameReport: Sendable, Hashable {
    /// Why nobody publishes them, in one sentence; nil while Avahi answers.
    public var absence: String?
    /// The name that Avahi itself gives to this device; nil while it has none.
    public var hostName: String?
    /// Sorted.
    public var names: [PublishedName]

    public init(absence: String? = nil, hostName: String? = nil, names: [PublishedName] = []) {
        self.absence = absence
        self.hostName = hostName
        self.names = names
    }
}
