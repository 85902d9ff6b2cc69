public import HomieModel

/// A file that is laid over Debian's in the root.
public struct LayerFile: Sendable, Hashable {
    public enum Content: Sendable, Hashable {
        case file(ImageInput, isExecutable: Bool)
        case text(String, mode: Int)
        /// A symbolic link, and where it points.
        case link(String)
    }

    /// Below the root, without a leading slash.
    public var path: String
    public var content: Content

    public init(path: String, content: Content) {
        self.path = path
        self.content = content
    }

    var canonical: String {
        switch content {
        case .file(let input, let isExecutable): "\(path) \(input.digest) \(isExecutable)"
        case .text(let text, let mode): "\(path) text \(mode) \(text)"
        case .link(let target): "\(path) -> \(target)"
        }
    }
}

/// One thing that is done to make an image; it leaves no choice to who does it.
public enum ImageStep: Sendable, Hashable {
    case run(ImageCommand)
    /// Runs a program and keeps what it prints.
    case capture(ImageCommand, to: ImagePath)
    case write(String, to: ImagePath)
    case makeDirectory(ImagePath)
    /// Collects files in a directory, with modes that do not depend on the build host's.
    case lay([LayerFile], into: ImagePath)
    /// Copies the one file of a directory whose name begins so.
    case pick(prefix: String, in: ImagePath, to: ImagePath)
    /// Compares the packages that were installed with those that are pinned; empty: nothing is pinned.
    case checkPackages(status: ImagePath, pinned: [String])
    /// Fills a file with zeros to a multiple of so many bytes.
    case pad(ImagePath, multiple: Int64)
    /// Makes a verity tree behind the file, and a line for the boot loader that names its root hash.
    case seal(ImagePath, salt: String, identity: String, arguments: String, configuration: ImagePath)
    /// Makes an empty file of this size.
    case allocate(ImagePath, ByteCount)
    /// Writes a file into a larger one, holes for zeros.
    case place(ImagePath, in: ImagePath, at: ByteCount, limit: ByteCount)
    /// A list of the blocks that are in use, with their digests (the format of bmap-tools).
    case mapBlocks(of: ImagePath, to: ImagePath)
    /// `SHA-256 *NAME`, as `sha256sum --check` reads it.
    case digest(of: ImagePath, name: String, to: ImagePath)

    public var canonical: String {
        switch self {
        case .run(let command): "run \(command.canonical)"
        case .capture(let command, let path): "capture \(command.canonical) > \(path.canonical)"
        case .write(let text, let path): "write \(path.canonical) \(text)"
        case .makeDirectory(let path): "mkdir \(path.canonical)"
        case .lay(let files, let path): "lay \(path.canonical)\n" + files.map(\.canonical).joined(separator: "\n")
        case .pick(let prefix, let directory, let path): "pick \(prefix) \(directory.canonical) \(path.canonical)"
        case .checkPackages(let status, let pinned):
            "pins \(status.canonical) " + pinned.joined(separator: " ")
        case .pad(let path, let multiple): "pad \(path.canonical) \(multiple)"
        case .seal(let path, let salt, let identity, let arguments, let configuration):
            "seal \(path.canonical) \(salt) \(identity) \(arguments) \(configuration.canonical)"
        case .allocate(let path, let size): "allocate \(path.canonical) \(size.bytes)"
        case .place(let source, let target, let offset, let limit):
            "place \(source.canonical) \(target.canonical) \(offset.bytes) \(limit.bytes)"
        case .mapBlocks(let source, let path): "map \(source.canonical) \(path.canonical)"
        case .digest(let source, let name, let path): "digest \(source.canonical) \(name) \(path.canonical)"
        }
    }
}

/// A stage with its steps.
public struct ImageStage: Sendable, Hashable {
    public var name: ImageStageName
    /// Whose outputs it uses.
    public var needs: [ImageStageName]
    public var steps: [ImageStep]
    /// What is kept.
    public var outputs: [String]

    /// Says all that decides what comes out, but for the stages it needs.
    public var recipe: String {
        ([name.rawValue] + steps.map(\.canonical) + outputs).joined(separator: "\n")
    }
}

/// How an image is made: stages in the order in which they are taken.
public struct ImagePlan: Sendable, Hashable {
    public var stages: [ImageStage]
    public var layout: PartitionLayout
}
