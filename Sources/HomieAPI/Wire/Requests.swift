public import HomieModel

/// How an apply is done.
public struct ApplySettings: Sendable, Hashable, Codable {
    /// Pull even when the image is there.
    public var pulls: Bool
    /// Re-create even what did not change.
    public var forcesRecreate: Bool
    /// Remove containers of the project that the file does not name.
    public var removesOrphans: Bool

    public init(pulls: Bool = false, forcesRecreate: Bool = false, removesOrphans: Bool = false) {
        self.pulls = pulls
        self.forcesRecreate = forcesRecreate
        self.removesOrphans = removesOrphans
    }
}

/// Body of `PUT /stacks/{stack}` and `POST /stacks/{stack}/plan`.
public struct ApplyRequest: Sendable, Hashable, Codable {
    /// A Compose project as JSON: absolute paths, no variables, no `include` or `extends`.
    public var project: JSONValue
    public var options: ApplySettings

    public init(project: JSONValue, options: ApplySettings = ApplySettings()) {
        self.project = project
        self.options = options
    }

    /// The body's bytes; their digest is what ``ConfirmRequest`` takes.
    public var bytes: [UInt8] { body.jsonBytes }

    /// The body as a value, which is written faster than through an encoder.
    var body: JSONValue {
        [
            "project": project,
            "options": [
                "pulls": .bool(options.pulls),
                "forcesRecreate": .bool(options.forcesRecreate),
                "removesOrphans": .bool(options.removesOrphans),
            ],
        ]
    }

    /// Reads a body that fits the schema `ApplyRequest`; absent options are off.
    public init(checked body: JSONValue) {
        func option(_ name: String) -> Bool { body["options"]?[name]?.boolValue ?? false }
        project = body["project"] ?? .null
        options = ApplySettings(
            pulls: option("pulls"),
            forcesRecreate: option("forcesRecreate"),
            removesOrphans: option("removesOrphans")
        )
    }
}

/// Body of `POST /stacks/{stack}/confirm`.
public struct ConfirmRequest: Sendable, Hashable, Codable {
    /// The SHA-256 of the bytes of an ``ApplyRequest``, 64 hexadecimal digits.
    public var digest: String

    public init(digest: ContentDigest) { self.digest = digest.hex }
}

/// Body of `POST /stacks/{stack}/adopt`.
public struct AdoptRequest: Sendable, Hashable, Codable {
    public var project: JSONValue

    public init(project: JSONValue) { self.project = project }
}

/// Body of `POST /stacks/{stack}/rollback`.
public struct RollbackRequest: Sendable, Hashable, Codable {
    /// Nil for the newest good revision before the present one.
    public var revision: Int?

    public init(revision: Int? = nil) { self.revision = revision }
}

/// A container's ID, the beginning of one, or its name.
public struct ContainerReference: Sendable, Hashable {
    static let pattern = "^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$"

    public let text: String

    /// - Throws: ``RequestError/badContainer(_:)``
    public init(parsing text: String) throws(RequestError) {
        let bytes = text.utf8
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            switch byte {
            case 0x61...0x7A, 0x41...0x5A, 0x30...0x39: true
            default: false
            }
        }
        guard let first = bytes.first, isAlphanumeric(first), bytes.count <= 255,
            bytes.allSatisfy({ isAlphanumeric($0) || $0 == 0x5F || $0 == 0x2E || $0 == 0x2D })
        else { throw .badContainer(text) }
        self.text = text
    }
}
