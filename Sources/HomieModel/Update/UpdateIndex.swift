/// The list of updates a server offers, as the signed document `index.json` holds it.
///
/// It expires, so that an old one, still properly signed, cannot be served for ever to keep devices from a repair.
public struct UpdateIndex: Sendable, Hashable, Codable {
    /// The newest form of the document that this program knows.
    public static let schemaVersion = 1

    public var schema: Int
    /// Rises with every index of a server; a device refuses one with a smaller number than it has seen.
    public var sequence: Int64
    public var generated: Timestamp
    public var expires: Timestamp
    public var releases: [UpdateRelease]

    /// - Throws: ``UpdateModelError/index(_:)``.
    public init(
        schema: Int = Self.schemaVersion,
        sequence: Int64,
        generated: Timestamp,
        expires: Timestamp,
        releases: [UpdateRelease]
    ) throws(UpdateModelError) {
        guard schema == Self.schemaVersion else {
            throw .index("its form is number \(schema), and this program knows number \(Self.schemaVersion)")
        }
        guard sequence >= 0 else { throw .index("its sequence number is negative") }
        guard generated < expires else { throw .index("it expires before it was made") }
        var seen: Set<String> = []
        for release in releases {
            for channel in release.channels {
                let key = "\(release.compatible)\n\(channel)\n\(release.version.rankText)"
                guard seen.insert(key).inserted else {
                    throw .index("version \(release.version) is twice in channel '\(channel)'")
                }
            }
        }
        self.schema = schema
        self.sequence = sequence
        self.generated = generated
        self.expires = expires
        self.releases = releases
    }

    private enum CodingKeys: String, CodingKey {
        case schema, sequence, generated, expires, releases
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let schema = try values.decode(Int.self, forKey: .schema)
        guard schema == Self.schemaVersion else {
            throw UpdateModelError.index(
                "its form is number \(schema), and this program knows number \(Self.schemaVersion)"
            )
        }
        try self.init(
            schema: schema,
            sequence: values.decode(Int64.self, forKey: .sequence),
            generated: values.decode(Timestamp.self, forKey: .generated),
            expires: values.decode(Timestamp.self, forKey: .expires),
            releases: values.decode([UpdateRelease].self, forKey: .releases)
        )
    }
}

/// One version for one kind of system.
public struct UpdateRelease: Sendable, Hashable, Codable {
    public var version: SystemVersion
    public var compatible: SystemKind
    /// The channels it is offered in, e.g. `stable`, `beta`.
    public var channels: [String]
    public var bundle: BundleReference
    /// Only systems of at least this version may install it; nil: all.
    public var minimumVersion: SystemVersion?
    /// How many of the devices are offered it.
    public var rollout: Percentage
    public var published: Timestamp
    /// What changed, for a person.
    public var notes: String?
    /// Shorter ways to the bundle, for systems of certain versions; devices that do not know of them take the bundle.
    public var deltas: [DeltaReference]?

    public init(
        version: SystemVersion,
        compatible: SystemKind,
        channels: [String],
        bundle: BundleReference,
        minimumVersion: SystemVersion? = nil,
        rollout: Percentage = .all,
        published: Timestamp,
        notes: String? = nil,
        deltas: [DeltaReference]? = nil
    ) {
        self.version = version
        self.compatible = compatible
        self.channels = channels
        self.bundle = bundle
        self.minimumVersion = minimumVersion
        self.rollout = rollout
        self.published = published
        self.notes = notes
        self.deltas = deltas
    }
}

/// What makes a bundle out of the system of one version.
public struct DeltaReference: Sendable, Hashable, Codable {
    public var from: SystemVersion
    public var file: BundleReference

    public init(from: SystemVersion, file: BundleReference) {
        self.from = from
        self.file = file
    }
}

/// Where a bundle is, and how to tell that it is the one that was meant.
public struct BundleReference: Sendable, Hashable, Codable {
    /// Absolute, or relative to the index.
    public var url: String
    public var size: ByteCount
    public var sha256: ContentDigest

    public init(url: String, size: ByteCount, sha256: ContentDigest) {
        self.url = url
        self.size = size
        self.sha256 = sha256
    }
}
