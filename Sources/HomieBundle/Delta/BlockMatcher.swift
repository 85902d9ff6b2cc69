#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Finds the blocks of an old system at whatever place in new bytes (the rolling checksum of rsync; A. Tridgell, "Efficient
/// Algorithms for Sorting and Synchronization", 1999, chapter 3).
struct BlockMatcher {
    private static let block = DeltaPlan.block
    private static let filterBits = 22

    private let old: BlockSpace
    /// The first block with a checksum; others with it follow in `next`.
    private var heads: [UInt32: Int32] = [:]
    private var next: [Int32]
    /// Most places are told apart without a look into the table.
    private var filter = [Bool](repeating: false, count: 1 << filterBits)

    init(_ old: BlockSpace) {
        self.old = old
        next = [Int32](repeating: -1, count: old.count)
        heads.reserveCapacity(old.count)
        for index in 0..<old.count {
            let sum = Checksum(old[index]).value
            // Of equal blocks the first is enough.
            if find(old[index], sum) != nil { continue }
            next[index] = heads[sum] ?? -1
            heads[sum] = Int32(index)
            filter[Self.slot(sum)] = true
        }
    }

    private static func slot(_ sum: UInt32) -> Int { Int((sum &* 0x9E37_79B1) >> UInt32(32 - filterBits)) }

    private func find(_ bytes: UnsafeRawBufferPointer, _ sum: UInt32) -> Int? {
        guard filter[Self.slot(sum)] else { return nil }
        var candidate = heads[sum] ?? -1
        while candidate >= 0 {
            if Self.areEqual(old[Int(candidate)], bytes) { return Int(candidate) }
            candidate = next[Int(candidate)]
        }
        return nil
    }

    private static func areEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard let first = left.baseAddress, let second = right.baseAddress else { return false }
        return memcmp(first, second, block) == 0
    }

    /// Copies and literals that make up `new`.
    func pieces(of new: UnsafeRawBufferPointer) -> [DeltaPlan.Piece] {
        var pieces: [DeltaPlan.Piece] = []
        var position = 0
        var literal = 0
        // The block after the one that was copied last is the likeliest.
        var likely: Int?
        var sum: Checksum?
        func window(_ start: Int) -> UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(rebasing: new[start..<start + Self.block])
        }
        while position + Self.block <= new.count {
            var found: Int?
            if let likely, likely < old.count, Self.areEqual(old[likely], window(position)) {
                found = likely
            } else {
                let here = sum ?? Checksum(window(position))
                sum = here
                found = find(window(position), here.value)
            }
            if let found {
                if position > literal { pieces.append(.literal(position - literal)) }
                Self.append(found, to: &pieces)
                position += Self.block
                (literal, likely, sum) = (position, found + 1, nil)
            } else {
                likely = nil
                if position + Self.block < new.count {
                    sum?.roll(out: new[position], in: new[position + Self.block])
                }
                position += 1
            }
        }
        if new.count > literal { pieces.append(.literal(new.count - literal)) }
        return pieces
    }

    private static func append(_ block: Int, to pieces: inout [DeltaPlan.Piece]) {
        if case .copy(var run)? = pieces.last, run.first + run.count == block {
            run.count += 1
            pieces[pieces.count - 1] = .copy(run)
        } else {
            pieces.append(.copy(.init(first: block, count: 1)))
        }
    }

    /// What no piece copies, but for blocks that are equal to one before.
    func rest(of pieces: [DeltaPlan.Piece]) -> [DeltaPlan.Run] {
        var isCopied = [Bool](repeating: false, count: old.count)
        for case .copy(let run) in pieces { for block in run.first..<run.first + run.count { isCopied[block] = true } }
        var runs: [DeltaPlan.Run] = []
        for block in 0..<old.count where !isCopied[block] {
            guard find(old[block], Checksum(old[block]).value) == block else { continue }
            if let last = runs.last, last.first + last.count == block {
                runs[runs.count - 1].count += 1
            } else {
                runs.append(.init(first: block, count: 1))
            }
        }
        return runs
    }
}

/// A checksum of a block that can be moved on by one byte.
private struct Checksum {
    private var sum: UInt32 = 0
    private var weighted: UInt32 = 0

    init(_ block: UnsafeRawBufferPointer) {
        for byte in block {
            sum &+= UInt32(byte)
            weighted &+= sum
        }
    }

    mutating func roll(out old: UInt8, in new: UInt8) {
        sum = sum &- UInt32(old) &+ UInt32(new)
        weighted = weighted &- UInt32(DeltaPlan.block) &* UInt32(old) &+ sum
    }

    var value: UInt32 { (sum & 0xFFFF) | weighted << 16 }
}
