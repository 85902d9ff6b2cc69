/// The device's operating system: both slots, what is under way, and how earlier updates ended.
public struct SystemStatus: Sendable, Hashable, Codable {
    /// One of the two places a system is kept in.
    public struct Slot: Sendable, Hashable, Codable {
        public enum State: String, Sendable, Hashable, Codable, CaseIterable {
            /// The system that runs was started from it.
            case booted
            case inactive
        }

        /// The boot loader's name for it, e.g. `A`.
        public var name: String
        public var state: State
        /// Whether the boot loader may start it.
        public var isBootable: Bool?
        public var version: SystemVersion?
        /// RFC 3339; nil for a slot that the factory wrote.
        public var installedAt: String?

        public init(
            name: String,
            state: State,
            isBootable: Bool? = nil,
            version: SystemVersion? = nil,
            installedAt: String? = nil
        ) {
            self.name = name
            self.state = state
            self.isBootable = isBootable
            self.version = version
            self.installedAt = installedAt
        }
    }

    /// A version that was written to the other slot and has not been judged yet.
    public struct Pending: Sendable, Hashable, Codable {
        public var version: SystemVersion
        public var slot: String
        /// False while it is being written, and after an install that was cut off.
        public var isWritten: Bool
        /// Whether it is known which services work, so that they count when it is judged; nil: an older updater does not say.
        public var comparesServices: Bool?

        public init(version: SystemVersion, slot: String, isWritten: Bool, comparesServices: Bool? = nil) {
            self.version = version
            self.slot = slot
            self.isWritten = isWritten
            self.comparesServices = comparesServices
        }
    }

    public var version: SystemVersion?
    /// The kind of system, as bundles name it.
    public var compatible: SystemKind?
    /// The slot that runs.
    public var booted: String?
    /// The slot that starts next; nil while the running one is on trial.
    public var next: String?
    public var isInstalling: Bool
    /// Whether the running version has yet to prove itself.
    public var isOnTrial: Bool
    /// Empty while an install runs: RAUC does not answer then.
    public var slots: [Slot]
    public var pending: Pending?
    /// The newest install since the start of the device.
    public var install: InstallReport?
    /// What keeps updates away.
    public var locks: [UpdateLock]
    /// Oldest first.
    public var history: [UpdateRecord]

    public init(
        version: SystemVersion?,
        compatible: SystemKind?,
        booted: String?,
        next: String? = nil,
        isInstalling: Bool = false,
        isOnTrial: Bool = false,
        slots: [Slot] = [],
        pending: Pending? = nil,
        install: InstallReport? = nil,
        locks: [UpdateLock] = [],
        history: [UpdateRecord] = []
    ) {
        self.version = version
        self.compatible = compatible
        self.booted = booted
        self.next = next
        self.isInstalling = isInstalling
        self.isOnTrial = isOnTrial
        self.slots = slots
        self.pending = pending
        self.install = install
        self.locks = locks
        self.history = history
    }
}

/// How an install goes, or how it went.
public struct InstallReport: Sendable, Hashable, Codable {
    public enum State: String, Sendable, Hashable, Codable, CaseIterable {
        case running
        /// Written to the other slot.
        case installed
        /// There was nothing to install.
        case nothing
        case failed
    }

    /// What was asked for: a version, a file, an address; nil for the newest version.
    public var source: String?
    public var state: State
    /// 0 to 100.
    public var percentage: Int
    /// What is being done, or why it failed: one sentence.
    public var message: String
    /// How to mend it.
    public var hint: String?
    /// What sort of failure it was.
    public var failure: ErrorKind?
    public var startedAt: Timestamp
    public var version: SystemVersion?

    public init(
        source: String?,
        state: State,
        percentage: Int = 0,
        message: String,
        hint: String? = nil,
        failure: ErrorKind? = nil,
        startedAt: Timestamp,
        version: SystemVersion? = nil
    ) {
        self.source = source
        self.state = state
        self.percentage = percentage
        self.message = message
        self.hint = hint
        self.failure = failure
        self.startedAt = startedAt
        self.version = version
    }
}

/// What may be installed: a version that is offered, a file on the device, or an address.
public struct InstallSource: Sendable, Hashable, Codable, CustomStringConvertible {
    /// Nil for the newest version that is offered.
    public let text: String?

    public static let newest = InstallSource()

    private init() { text = nil }

    /// - Throws: ``UpdateModelError/source(_:)``.
    public init(parsing text: String) throws(UpdateModelError) {
        let isAddress = text.hasPrefix("http://") || text.hasPrefix("https://")
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x27 && $0 != 0x5C }
        let isVersion = (try? SystemVersion(parsing: text)) != nil
        guard isPlain, text.utf8.count <= 200, isAddress || isVersion || text.hasPrefix("/"), !text.contains("/../"),
            !text.hasSuffix("/")
        else { throw .source(text) }
        self.text = text
    }

    public var description: String { text ?? "the newest version" }

    /// The instance of a systemd unit that stands for it (systemd.unit(5), "String Escaping for Inclusion in Unit Names",
    /// as for texts rather than paths: the unit unescapes it with `%I`).
    public var instance: String {
        guard let text else { return "newest" }
        var result = ""
        for (index, byte) in text.utf8.enumerated() {
            switch byte {
            case 0x2F: result += "-"
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x3A, 0x5F: result.unicodeScalars.append(Unicode.Scalar(byte))
            case 0x2E where index > 0: result += "."
            default:
                let digits = String(byte, radix: 16)
                result += "\\x" + (digits.utf8.count == 1 ? "0" : "") + digits
            }
        }
        return result
    }

    public init(from decoder: any Decoder) throws {
        try self.init(parsing: decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text ?? "")
    }
}
