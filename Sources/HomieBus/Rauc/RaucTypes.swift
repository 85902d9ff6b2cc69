/// A slot as the RAUC daemon describes it (RAUC Reference Manual, "GetSlotStatus").
public struct RaucSlot: Sendable, Hashable, Codable {
    public enum State: String, Sendable, Hashable, Codable {
        /// The system that runs now was started from it.
        case booted
        /// In use, as the parent or child of the booted one.
        case active
        case inactive
    }

    /// Its section in the system configuration, e.g. `rootfs.0`.
    public var name: String
    public var slotClass: String
    public var device: String
    /// The name the boot loader has for it, e.g. `A`; nil for a child.
    public var bootName: String?
    public var parent: String?
    public var state: State?
    /// Whether the boot loader may start it; nil where it was not asked or could not tell.
    public var isBootable: Bool?
    /// `ok`, `pending` (an install was interrupted) or `failed`; nil for a slot the factory wrote.
    public var installStatus: String?
    public var bundleVersion: String?
    public var bundleCompatible: String?
    /// The hash of the manifest of the bundle that it came from (RAUC 1.10 and later).
    public var bundleHash: String?
    /// RFC 3339, in UTC.
    public var installedAt: String?
    public var activatedAt: String?
}

/// What the daemon says of itself in its properties; they answer while an install runs too.
public struct RaucOverview: Sendable, Hashable, Codable {
    /// `idle` or `installing`. Not the truth during installs: a second, rejected one sets it to `idle`.
    public var operation: String
    public var lastError: String
    public var compatible: String
    /// The boot name of the running system; nil when RAUC cannot tell.
    public var bootSlot: String?
    public var variant: String?
}

/// A bundle as RAUC reads it, its signature verified against the system's key ring.
public struct RaucBundle: Sendable, Hashable, Codable {
    public var compatible: String
    public var version: String
    /// `plain`, `verity` or `crypt`; nil where the daemon is too old to tell (before 1.9).
    public var format: String?
    public var images: [Image]
    /// Says which bundle it is; nil where the daemon is too old to tell.
    public var manifestHash: String?

    public struct Image: Sendable, Hashable, Codable {
        public var slotClass: String
        public var fileName: String
        public var size: Int64
        public var checksum: String
    }
}

/// How RAUC shall install a bundle (RAUC Reference Manual, "InstallBundle").
public struct RaucInstallOptions: Sendable, Hashable {
    /// Installs a bundle made for other hardware too.
    public var ignoresCompatible: Bool
    /// For bundles fetched by HTTPS: a file with the certificates to trust.
    public var tlsCertificateAuthority: String?
    public var tlsCertificate: String?
    public var tlsKey: String?
    /// Further lines for the requests of a streamed bundle, e.g. `Authorization: …`.
    public var httpHeaders: [String]
    /// Names this install in the slot status and the log (RAUC 1.11 and later); a UUID.
    public var transaction: String?
    /// What ``RaucBundle/manifestHash`` was when the bundle was looked at: another bundle at the same address is not installed.
    /// Left out for a daemon that does not know of it (RAUC 1.13 does not).
    public var requiredManifestHash: String?

    public init(
        ignoresCompatible: Bool = false,
        tlsCertificateAuthority: String? = nil,
        tlsCertificate: String? = nil,
        tlsKey: String? = nil,
        httpHeaders: [String] = [],
        transaction: String? = nil,
        requiredManifestHash: String? = nil
    ) {
        self.ignoresCompatible = ignoresCompatible
        self.tlsCertificateAuthority = tlsCertificateAuthority
        self.tlsCertificate = tlsCertificate
        self.tlsKey = tlsKey
        self.httpHeaders = httpHeaders
        self.transaction = transaction
        self.requiredManifestHash = requiredManifestHash
    }

    var arguments: BusValue {
        var entries: [String: BusValue] = [:]
        // What is left out stays unknown to older daemons, which refuse keys they do not know.
        if ignoresCompatible { entries["ignore-compatible"] = .boolean(true) }
        if let tlsCertificateAuthority { entries["tls-ca"] = .string(tlsCertificateAuthority) }
        if let tlsCertificate { entries["tls-cert"] = .string(tlsCertificate) }
        if let tlsKey { entries["tls-key"] = .string(tlsKey) }
        if !httpHeaders.isEmpty { entries["http-headers"] = .array(of: "s", httpHeaders.map { .string($0) }) }
        if let transaction { entries["transaction-id"] = .string(transaction) }
        if let requiredManifestHash { entries["require-manifest-hash"] = .string(requiredManifestHash) }
        return .options(entries)
    }
}

/// How far an install is.
public struct RaucProgress: Sendable, Hashable, Codable {
    /// 0 to 100.
    public var percentage: Int
    /// What is being done, in RAUC's words.
    public var message: String
    /// How deep this step is nested in others.
    public var depth: Int
}

/// What a slot is marked as.
public enum RaucMark: String, Sendable, Hashable, Codable {
    /// It works: the boot loader's counter starts anew.
    case good
    /// The boot loader shall not start it again.
    case bad
    /// It is started first from now on.
    case active
}

/// Which slot is meant.
public enum RaucSlotSelector: Sendable, Hashable {
    case booted
    case other
    /// By its name, e.g. `rootfs.1`.
    case named(String)

    var text: String {
        switch self {
        case .booted: "booted"
        case .other: "other"
        case .named(let name): name
        }
    }
}
