public import HomieModel

/// A part of a build that is kept, and used again as long as what it is made of has not changed.
public enum ImageStageName: String, Sendable, Hashable, CaseIterable {
    /// The programs that make images, unpacked from Debian's packages.
    case tools
    /// Debian's packages, installed.
    case base
    /// The read-only root of a slot, with kernel and initial RAM disk.
    case root
    /// The boot partition of a slot.
    case boot
    /// The disk.
    case disk

    public var title: String {
        switch self {
        case .tools: "tools"
        case .base: "packages"
        case .root: "root"
        case .boot: "boot slot"
        case .disk: "disk"
        }
    }
}

/// A file that goes into an image, and what is in it.
public struct ImageInput: Sendable, Hashable {
    public var path: String
    public var digest: ContentDigest

    public init(path: String, digest: ContentDigest) {
        self.path = path
        self.digest = digest
    }
}

/// A file as a plan names it; where that is on the build host is no concern of the plan.
public enum ImagePath: Sendable, Hashable {
    case input(ImageInput)
    /// Something that a stage has made and that is kept.
    case output(ImageStageName, String)
    /// Something that this stage needs only while it runs.
    case scratch(String)
    /// A file of the unpacked tools, e.g. `usr/bin/mkfs.erofs`.
    case tool(String)

    /// The same for the same content, wherever it lies.
    public var canonical: String {
        switch self {
        case .input(let input): "input:\(input.digest)"
        case .output(let stage, let name): "output:\(stage.rawValue)/\(name)"
        case .scratch(let name): "scratch:\(name)"
        case .tool(let name): "tool:\(name)"
        }
    }

    func appending(_ name: String) -> ImagePath {
        switch self {
        case .input(let input): .input(ImageInput(path: input.path + "/" + name, digest: input.digest))
        case .output(let stage, let path): .output(stage, path + "/" + name)
        case .scratch(let path): .scratch(path + "/" + name)
        case .tool(let path): .tool(path + "/" + name)
        }
    }
}

/// One word of a command line.
public enum ImageWord: Sendable, Hashable, ExpressibleByStringLiteral {
    case text(String)
    case path(ImagePath)
    /// Text around a path, e.g. `--hook=copy` and where from.
    case composed([ImageWord])

    public init(stringLiteral value: String) { self = .text(value) }

    public var canonical: String {
        switch self {
        case .text(let text): text
        case .path(let path): path.canonical
        case .composed(let words): words.map(\.canonical).joined()
        }
    }
}
