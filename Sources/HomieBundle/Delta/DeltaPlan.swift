public import HomieModel

/// How a bundle is put together from the system that runs and a few bytes that are new.
///
/// What the new system has in common with the old one is copied from the slots, block by block. The rest is compressed
/// against a dictionary of what was not copied, and of the digests of all the old blocks: an adaptive bundle carries an
/// index of such digests. The hash tree at the bundle's end is computed anew, as its salt leaves nothing in common.
public struct DeltaPlan: Sendable, Hashable, Codable {
    /// What slots and bundles are counted in, in bytes.
    public static let block = 4096

    /// An image of the old system, as it lies in its slot.
    public struct Source: Sendable, Hashable, Codable {
        public var slotClass: String
        /// A multiple of ``DeltaPlan/block``.
        public var size: ByteCount
    }

    /// Consecutive blocks of the sources, which are counted through.
    public struct Run: Sendable, Hashable {
        public var first: Int
        public var count: Int
    }

    /// What comes next in the bundle.
    public enum Piece: Sendable, Hashable {
        case copy(Run)
        /// So many of the new bytes.
        case literal(Int)
        /// The hash tree over everything before it.
        case tree
    }

    public var compatible: SystemKind
    /// The version whose slots it needs.
    public var from: SystemVersion
    public var version: SystemVersion
    public var sources: [Source]
    /// The bundle that comes out.
    public var size: ByteCount
    public var sha256: ContentDigest
    /// Of the hash tree, hexadecimal.
    public var salt: String
    public var pieces: [Piece]
    /// The blocks in the dictionary, in this order; the digests of all blocks follow.
    public var dictionary: [Run]
}

/// In JSON a run is `[first, count]`.
extension DeltaPlan.Run: Codable {
    public init(from decoder: any Decoder) throws {
        var values = try decoder.unkeyedContainer()
        first = try values.decode(Int.self)
        count = try values.decode(Int.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.unkeyedContainer()
        try values.encode(first)
        try values.encode(count)
    }
}

/// In JSON a copy is `[first, count]`, new bytes are `[count]`, the tree is `[]`.
extension DeltaPlan.Piece: Codable {
    public init(from decoder: any Decoder) throws {
        var values = try decoder.unkeyedContainer()
        guard !values.isAtEnd else {
            self = .tree
            return
        }
        let first = try values.decode(Int.self)
        self = values.isAtEnd ? .literal(first) : .copy(.init(first: first, count: try values.decode(Int.self)))
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.unkeyedContainer()
        switch self {
        case .copy(let run):
            try values.encode(run.first)
            try values.encode(run.count)
        case .literal(let count): try values.encode(count)
        case .tree: break
        }
    }
}

extension DeltaPlan {
    /// Blocks in all the sources.
    var blocks: Int { sources.reduce(0) { $0 + Int($1.size.bytes) / Self.block } }

    /// Why it cannot be followed; nil: it can.
    var fault: String? {
        let blocks = blocks
        for source in sources where source.size.bytes <= 0 || source.size.bytes % Int64(Self.block) != 0 {
            return "the size of '\(source.slotClass)' is not one of whole blocks"
        }
        func lies(_ run: Run) -> Bool {
            run.first >= 0 && run.count > 0 && run.first <= blocks && run.count <= blocks - run.first
        }
        for piece in pieces {
            switch piece {
            case .copy(let run) where !lies(run): return "it copies what is not there"
            case .literal(let count) where count <= 0: return "it holds a piece without bytes"
            case .copy, .literal, .tree: continue
            }
        }
        return dictionary.allSatisfy(lies) ? nil : "its dictionary names what is not there"
    }
}
