public import HomieModel

/// The header of one entry of a tar archive.
public struct TarEntry: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case file(size: Int64)
        case directory
        case symbolicLink(target: [UInt8])
        case fifo
    }

    /// Relative, separated by `/`; any bytes but zero.
    public var path: [UInt8]
    public var kind: Kind
    /// The permission bits, e.g. `0o644`.
    public var mode: UInt32
    public var uid: Int64
    public var gid: Int64
    /// Kept to the second.
    public var modifiedAt: Timestamp

    public init(
        path: [UInt8],
        kind: Kind,
        mode: UInt32,
        uid: Int64 = 0,
        gid: Int64 = 0,
        modifiedAt: Timestamp = Timestamp(nanoseconds: 0)
    ) {
        self.path = path
        self.kind = kind
        self.mode = mode
        self.uid = uid
        self.gid = gid
        self.modifiedAt = modifiedAt
    }

    public init(
        path: String,
        kind: Kind,
        mode: UInt32,
        uid: Int64 = 0,
        gid: Int64 = 0,
        modifiedAt: Timestamp = Timestamp(nanoseconds: 0)
    ) {
        self.init(path: Array(path.utf8), kind: kind, mode: mode, uid: uid, gid: gid, modifiedAt: modifiedAt)
    }
}
