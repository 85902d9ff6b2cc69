public import HomieModel

/// What an image is to be made of.
public struct ImageOrder: Sendable, Hashable {
    /// Whose bundles the image takes.
    public enum Trust: String, Sendable, Hashable, CaseIterable {
        /// Those that this build host signs.
        case development
        case release
    }

    public var board: Board
    public var version: SystemVersion
    public var trust: Trust
    /// The authorities whose bundles the image takes.
    public var keyring: ImageInput
    public var packages: [String]
    /// `NAME=VERSION` of every package; empty: what the sources hold today.
    public var pinned: [String]
    /// Lines of a sources.list.
    public var sources: [String]
    /// Seconds since 1970 for everything that carries a time (`SOURCE_DATE_EPOCH`).
    public var epoch: Int64
    public var compression: String
    /// Files for the initial RAM disk, by where they go.
    public var initramfs: [String: ImageInput]
    /// The numbers of the accounts that Debian's packages make, in the format of sysusers.d(5): what they own on the data
    /// partition has to be theirs in the next system, too.
    public var accounts: ImageInput
    public var bootLoader: ImageInput
    /// Laid over Debian's files in this order.
    public var layers: [LayerFile]
    /// Units that the presets among the layers enable.
    public var enabled: [String]
    public var output: String

    public init(
        board: Board,
        version: SystemVersion,
        trust: Trust,
        keyring: ImageInput,
        packages: [String],
        pinned: [String],
        sources: [String],
        epoch: Int64,
        compression: String,
        initramfs: [String: ImageInput],
        accounts: ImageInput,
        bootLoader: ImageInput,
        layers: [LayerFile],
        enabled: [String],
        output: String
    ) {
        self.board = board
        self.version = version
        self.trust = trust
        self.keyring = keyring
        self.packages = packages
        self.pinned = pinned
        self.sources = sources
        self.epoch = epoch
        self.compression = compression
        self.initramfs = initramfs
        self.accounts = accounts
        self.bootLoader = bootLoader
        self.layers = layers
        self.enabled = enabled
        self.output = output
    }

    /// The name of what is made, without an ending.
    public var name: String { "\(board.compatible)-\(version)" }
}
