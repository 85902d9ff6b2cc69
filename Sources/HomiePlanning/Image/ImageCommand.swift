/// The command lines that make images, one case each.
public enum ImageCommand: Sendable, Hashable {
    /// Installs packages into a file system of their own, as one tar file (mmdebstrap(1)).
    case install(Bootstrap)
    /// Unpacks packages without installing them.
    case unpackPackages(suite: String, packages: [String], sources: ImagePath, output: ImagePath)
    case unpack(archive: ImagePath, into: ImagePath)
    /// Copies a tree over another one.
    case layOver(source: ImagePath, tree: ImagePath)
    /// Makes the accounts of a sysusers.d file (systemd-sysusers(8)).
    case accounts(tree: ImagePath, file: ImagePath)
    /// Enables units as the presets say (systemctl(1)).
    case preset(tree: ImagePath, units: [String])
    case mask(tree: ImagePath, units: [String])
    case remove([ImagePath])
    case move(ImagePath, to: ImagePath)
    case makeDirectories([ImagePath], mode: String)
    case copy(ImagePath, to: ImagePath)
    /// mkfs.erofs(1)
    case makeErofs(tree: ImagePath, output: ImagePath, settings: ErofsSettings)
    /// Builds a hash tree behind the data (veritysetup(8)).
    case formatVerity(ImagePath, dataBlocks: Int64, salt: String, identity: String)
    /// mkfs.fat(8)
    case makeFAT(ImagePath, label: String, identity: String)
    /// mtools(1)
    case makeFATDirectories(image: ImagePath, [String])
    case copyIntoFAT(image: ImagePath, files: [ImagePath], directory: String)
    /// mke2fs(8)
    case makeExt4(ImagePath, label: String, identity: String)
    /// sfdisk(8)
    case partition(ImagePath, script: String)
    case grubImage(format: String, modules: [String], output: ImagePath)
    case grubEnvironment(ImagePath)
    case grubVariables(ImagePath, [String])

    /// What mmdebstrap is told.
    public struct Bootstrap: Sendable, Hashable {
        public var architecture: Board.Architecture
        public var suite: String
        public var packages: [String]
        public var sources: ImagePath
        /// Files that have to be there before the first package is configured, by where they go.
        public var early: [String: ImagePath]
        /// Accounts that are there before the packages would make them (sysusers.d(5)).
        public var accounts: ImagePath
        public var output: ImagePath
    }

    public struct ErofsSettings: Sendable, Hashable {
        /// E.g. `zstd,level=12` or `lz4hc,12`.
        public var compression: String
        /// Bytes that are compressed together: more saves space, less saves transfers.
        public var cluster: Int
        /// Files that are stored as they are, from the root on. Of what is compressed nothing is as it was once a byte has
        /// changed; of these an update fetches what is new.
        public var plain: [String]
        public var identity: String
        public var epoch: Int64

        public init(compression: String, cluster: Int = 65_536, plain: [String] = [], identity: String, epoch: Int64) {
            self.compression = compression
            self.cluster = cluster
            self.plain = plain
            self.identity = identity
            self.epoch = epoch
        }
    }

    /// The program, and where it comes from.
    public enum Program: Sendable, Hashable {
        /// Of the build host.
        case host(String)
        /// Of the unpacked tools, so that it does the same on every build host.
        case tool(String)

        var canonical: String {
            switch self {
            case .host(let name), .tool(let name): name
            }
        }
    }

    public var program: Program {
        switch self {
        case .install, .unpackPackages: .host("mmdebstrap")
        case .unpack: .host("tar")
        case .layOver, .copy: .host("cp")
        case .accounts: .host("systemd-sysusers")
        case .preset, .mask: .host("systemctl")
        case .remove: .host("rm")
        case .move: .host("mv")
        case .makeDirectories: .host("mkdir")
        case .makeErofs: .tool("usr/bin/mkfs.erofs")
        case .formatVerity: .tool("usr/sbin/veritysetup")
        case .makeFAT: .tool("usr/sbin/mkfs.fat")
        case .makeFATDirectories, .copyIntoFAT: .tool("usr/bin/mtools")
        case .makeExt4: .tool("usr/sbin/mke2fs")
        case .partition: .tool("usr/sbin/sfdisk")
        case .grubImage: .tool("usr/bin/grub-mkimage")
        case .grubEnvironment, .grubVariables: .tool("usr/bin/grub-editenv")
        }
    }

    /// Whether it touches files of several owners, which needs root or a user namespace. mmdebstrap makes its own.
    public var needsOwners: Bool {
        switch self {
        case .unpack, .layOver, .accounts, .preset, .mask, .remove, .move, .makeDirectories, .makeErofs, .copy: true
        default: false
        }
    }

    /// What it reads from its standard input.
    public var input: String? {
        switch self {
        case .partition(_, let script): script
        // mkfs.erofs(1), --compress-hints: clusters of no size are not compressed.
        case .makeErofs(_, _, let settings) where !settings.plain.isEmpty:
            settings.plain.map { "0 ^\(Self.pattern($0))$\n" }.joined()
        default: nil
        }
    }

    /// An extended regular expression that matches a path alone.
    private static func pattern(_ path: String) -> String {
        path.map { "\\.[]()*+?{}|^$".contains($0) ? "\\\($0)" : String($0) }.joined()
    }

    public var canonical: String {
        ([program.canonical] + words.map(\.canonical)).joined(separator: " ") + (input.map { " < \($0)" } ?? "")
    }
}
