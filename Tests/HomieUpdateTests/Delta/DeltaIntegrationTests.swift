import Foundation
import HomieBundle
import HomieModel
import Testing

@Suite(.enabled(if: BundleTools.isExpected, BundleTools.reason))
struct `Deltas between real bundles` {
    /// Bytes that do not compress, as those of a compressed root do not.
    private static func noise(_ count: Int, seed: UInt64) -> Data {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        return Data(
            (0..<count).map { _ in
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                return UInt8(truncatingIfNeeded: state >> 24)
            }
        )
    }

    /// Two bundles: what the second has more is 8 KiB in the middle.
    private static func pair() async throws -> (shop: Workshop, old: Data, new: Data) {
        let shop = try await Workshop()
        let old = noise(1 << 20, seed: 1)
        var new = Data(old.prefix(400 << 10))
        new += noise(8 << 10, seed: 2)
        new += old.suffix(from: 400 << 10)
        for (name, version, image) in [("old.raucb", "1.0.0", old), ("new.raucb", "1.1.0", new)] {
            try image.write(to: shop.directory.appendingPathComponent("root.img"))
            try await BundleMaker().create(shop.order(name, version: version))
        }
        return (shop, old, new)
    }

    @Test func `rebuild the signed bundle bit by bit from the slot that runs`() async throws {
        let (shop, old, _) = try await Self.pair()
        let plan = try await DeltaMaker().make(
            from: shop.path("old.raucb"),
            to: shop.path("new.raucb"),
            output: shop.path("d.delta")
        )
        // RAUC's own hash tree was computed anew; if it is not the same, it would be carried.
        #expect(plan.pieces.contains(.tree))
        // A slot is larger than its image.
        try (old + Data(repeating: 0xFF, count: 12_345)).write(to: URL(fileURLWithPath: shop.path("slot")))
        try await DeltaApplier().apply(
            shop.path("d.delta"),
            devices: ["rootfs": shop.path("slot")],
            output: shop.path("rebuilt.raucb")
        )
        let rebuilt = try Data(contentsOf: URL(fileURLWithPath: shop.path("rebuilt.raucb")))
        let wanted = try Data(contentsOf: URL(fileURLWithPath: shop.path("new.raucb")))
        #expect(rebuilt == wanted)
        _ = try await BundleReader().verify(shop.path("rebuilt.raucb"), keyring: shop.keys.authority)
        let size = try Data(contentsOf: URL(fileURLWithPath: shop.path("d.delta"))).count
        // What is new, the manifest and its signature.
        #expect(size < 20_000, "\(size) bytes")
        #expect(shop.leftovers.isEmpty)
    }

    @Test func `refuse another system than the one they were made from`() async throws {
        let (shop, old, _) = try await Self.pair()
        _ = try await DeltaMaker().make(
            from: shop.path("old.raucb"),
            to: shop.path("new.raucb"),
            output: shop.path("d.delta")
        )
        var other = old
        other[500_000] ^= 1
        for slot in [other, Data(old.dropLast(5000))] {
            try slot.write(to: URL(fileURLWithPath: shop.path("slot")))
            await #expect(throws: BundleError.self) {
                try await DeltaApplier().apply(
                    shop.path("d.delta"),
                    devices: ["rootfs": shop.path("slot")],
                    output: shop.path("rebuilt.raucb")
                )
            }
            #expect(!FileManager.default.fileExists(atPath: shop.path("rebuilt.raucb")))
        }
        #expect(shop.leftovers.isEmpty)
    }

    @Test func `that are cut off or are none are refused`() async throws {
        let (shop, old, _) = try await Self.pair()
        _ = try await DeltaMaker().make(
            from: shop.path("old.raucb"),
            to: shop.path("new.raucb"),
            output: shop.path("d.delta")
        )
        try old.write(to: URL(fileURLWithPath: shop.path("slot")))
        let whole = try Data(contentsOf: URL(fileURLWithPath: shop.path("d.delta")))
        let none = ["homie-delta 1 -5 7\n", "x"].map { Data($0.utf8) }
        for damaged in [Data(whole.dropLast()), Data(whole.prefix(10))] + none {
            try damaged.write(to: URL(fileURLWithPath: shop.path("d.delta")))
            await #expect(throws: BundleError.self) { try await DeltaApplier().plan(shop.path("d.delta")) }
        }
    }
}
