import Foundation
import HomieModel
import Testing

@testable import HomieBundle

/// Bytes that are always the same for the same seed, and have nothing to do with each other.
private func bytes(_ count: Int, seed: UInt64) -> [UInt8] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    return (0..<count).map { _ in
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return UInt8(truncatingIfNeeded: state >> 24)
    }
}

@Suite struct `The block matcher` {
    private static let block = DeltaPlan.block

    /// What the pieces make of the old and the new bytes.
    private static func rebuilt(_ pieces: [DeltaPlan.Piece], _ old: [UInt8], _ new: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        for piece in pieces {
            switch piece {
            case .copy(let run): result += old[(run.first * block)..<((run.first + run.count) * block)]
            case .literal(let count): result += new[result.count..<(result.count + count)]
            case .tree: result.removeAll()
            }
        }
        return result
    }

    private static func matched(_ old: [UInt8], _ new: [UInt8]) throws -> (
        pieces: [DeltaPlan.Piece], rest: [DeltaPlan.Run]
    ) {
        let name = "homie-delta-\(UUID().uuidString)"
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let file = directory.appendingPathComponent("old")
        try Data(old).write(to: file)
        let matcher = BlockMatcher(try BlockSpace([file.path]))
        let pieces = new.withUnsafeBytes { matcher.pieces(of: $0) }
        return (pieces, matcher.rest(of: pieces))
    }

    @Test func `finds blocks at whatever place, and in whatever order`() throws {
        let old = bytes(8 * Self.block, seed: 1)
        var new = bytes(96, seed: 2)
        new += old[(4 * Self.block)..<(7 * Self.block)]
        new += bytes(5, seed: 3)
        new += old[..<(2 * Self.block)]
        new += bytes(100, seed: 4)
        let (pieces, rest) = try Self.matched(old, new)
        #expect(
            pieces == [
                .literal(96), .copy(.init(first: 4, count: 3)), .literal(5), .copy(.init(first: 0, count: 2)),
                .literal(100),
            ]
        )
        #expect(rest == [.init(first: 2, count: 2), .init(first: 7, count: 1)])
    }

    @Test func `takes of equal blocks the first, and none of them into the dictionary twice`() throws {
        let zeros = [UInt8](repeating: 0, count: Self.block)
        let odd = bytes(Self.block, seed: 5)
        let (pieces, rest) = try Self.matched(zeros + zeros + odd + odd, zeros + zeros + zeros)
        #expect(Self.rebuilt(pieces, zeros + zeros + odd + odd, []) == zeros + zeros + zeros)
        #expect(rest == [.init(first: 2, count: 1)])
    }

    @Test(arguments: UInt64(0)..<20)
    func `whatever the bytes, the pieces make up the new ones`(seed: UInt64) throws {
        let old = bytes(Int(seed % 5 + 1) * Self.block, seed: seed)
        var new: [UInt8] = []
        for step in 0..<8 {
            let chance = bytes(3, seed: seed &* 31 &+ UInt64(step))
            let first = Int(chance[0]) * (old.count - 1) / 255
            new += chance[1] % 2 == 0 ? bytes(Int(chance[2]) * 20, seed: seed &+ UInt64(step)) : Array(old[first...])
        }
        let (pieces, rest) = try Self.matched(old, new)
        #expect(Self.rebuilt(pieces, old, new) == new)
        var copied: Set<Int> = []
        for case .copy(let run) in pieces { copied.formUnion(run.first..<run.first + run.count) }
        for run in rest { #expect(copied.isDisjoint(with: run.first..<run.first + run.count)) }
    }

    @Test func `bytes that are shorter than a block are new`() throws {
        let old = bytes(Self.block, seed: 7)
        #expect(try Self.matched(old, Array(old.dropLast())).pieces == [.literal(Self.block - 1)])
    }
}

@Suite struct `A plan of a delta` {
    private static func plan(_ pieces: [DeltaPlan.Piece], dictionary: [DeltaPlan.Run] = []) throws -> DeltaPlan {
        DeltaPlan(
            compatible: try .init(parsing: "homie-test"),
            from: try .init(parsing: "1.0.0"),
            version: try .init(parsing: "1.1.0"),
            sources: [.init(slotClass: "rootfs", size: .init(bytes: 8192))],
            size: .init(bytes: 1),
            sha256: try .init(bytes: [UInt8](repeating: 1, count: 32)),
            salt: "00",
            pieces: pieces,
            dictionary: dictionary
        )
    }

    @Test func `is the same after it was written`() throws {
        let plan = try Self.plan(
            [.copy(.init(first: 0, count: 2)), .literal(7), .tree, .literal(3)],
            dictionary: [.init(first: 1, count: 1)]
        )
        let text = try JSONEncoder().encode(plan)
        #expect(String(decoding: text, as: UTF8.self).contains("[[0,2],[7],[],[3]]"))
        #expect(try JSONDecoder().decode(DeltaPlan.self, from: text) == plan)
        #expect(plan.fault == nil)
    }

    @Test(arguments: [
        DeltaPlan.Piece.copy(.init(first: 1, count: 2)), .copy(.init(first: -1, count: 1)),
        .copy(.init(first: 0, count: 0)), .copy(.init(first: 0, count: .max)), .literal(-1), .literal(0),
    ])
    func `that names what is not there is not followed`(piece: DeltaPlan.Piece) throws {
        #expect(try Self.plan([piece]).fault != nil)
    }

    @Test func `whose dictionary is not there is not followed`() throws {
        #expect(try Self.plan([.literal(1)], dictionary: [.init(first: 2, count: 1)]).fault != nil)
    }
}
