import Foundation
import HomieBundle
import HomieModel
import Testing

/// Whether the programs that make bundles are here; `scripts/setup rauc` installs them.
enum BundleTools {
    static var isExpected: Bool {
        if ProcessInfo.processInfo.environment["HOMIE_TEST_REQUIRE_RAUC"] == "1" { return true }
        return ["rauc", "mksquashfs", "unsquashfs", "openssl", "zstd"].allSatisfy { name in
            (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
                FileManager.default.isExecutableFile(atPath: "\($0)/\(name)")
            }
        }
    }

    static let reason: Comment = "needs what `scripts/setup rauc` installs"
}

/// A directory with keys and an image for one test.
final class Workshop {
    let directory: URL
    let keys: DevelopmentKeys
    let tools = Toolbox()

    init() async throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "homie-bundle-\(UUID().uuidString.prefix(8))"
        )
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        keys = DevelopmentKeys(directory: directory.appendingPathComponent("keys").path)
        try await keys.prepare(tools)
        let image = Data((0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 13 ^ ($0 >> 7)) })
        try image.write(to: directory.appendingPathComponent("root.img"))
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    func path(_ name: String) -> String { directory.appendingPathComponent(name).path }
    var leftovers: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []).filter { $0.hasPrefix(".") }
    }

    func order(_ name: String, version: String = "1.0.0", isAdaptive: Bool = true) throws -> BundleOrder {
        BundleOrder(
            manifest: try BundleManifest(
                compatible: SystemKind(parsing: "homie-test"),
                version: SystemVersion(parsing: version),
                description: "a test",
                images: [.init(slotClass: "rootfs", isAdaptive: isAdaptive)]
            ),
            files: ["rootfs": path("root.img")],
            output: path(name),
            signer: keys.signer
        )
    }
}

@Suite(.enabled(if: BundleTools.isExpected, BundleTools.reason))
struct BundleIntegrationTests {
    @Test("a bundle that was made can be read, verified, and knows who signed it")
    func roundTrip() async throws {
        let shop = try await Workshop()
        try await BundleMaker().create(shop.order("a.raucb"))
        let reader = BundleReader()
        let found = try await reader.verify(
            shop.path("a.raucb"),
            keyring: shop.keys.authority,
            compatible: SystemKind(parsing: "homie-test")
        )
        #expect(found.version.text == "1.0.0" && found.format == "verity" && found.description == "a test")
        #expect(found.images.map(\.isAdaptive) == [true] && found.images.map(\.size.bytes) == [1 << 20])
        #expect(found.signers.count == 2 && found.isSignedForDevelopment)
        #expect(try await reader.inspect(shop.path("a.raucb")).signers.isEmpty)
        #expect(shop.leftovers.isEmpty)
    }

    @Test("a release does not take what a development key has signed")
    func development() async throws {
        let shop = try await Workshop()
        try await BundleMaker().create(shop.order("a.raucb"))
        let error = await #expect(throws: BundleError.self) {
            try await BundleReader().verify(shop.path("a.raucb"), keyring: shop.keys.authority, isRelease: true)
        }
        guard case .developmentSigner? = error else { throw POSIXError(.EINVAL) }
        #expect(try await DevelopmentKeys.describe(shop.keys.authority, shop.tools).isForDevelopment)
    }

    @Test("somebody else's bundle is not trusted, and can be signed anew with one's own key")
    func resign() async throws {
        let shop = try await Workshop()
        let other = try await Workshop()
        try await BundleMaker().create(other.order("a.raucb"))
        let bundle = other.path("a.raucb")
        let error = await #expect(throws: BundleError.self) {
            try await BundleReader().verify(bundle, keyring: shop.keys.authority)
        }
        guard case .untrusted? = error else { throw POSIXError(.EINVAL) }
        try await BundleMaker().resign(
            bundle,
            keyring: other.keys.authority,
            signer: shop.keys.signer,
            signingKeyring: shop.keys.authority,
            output: shop.path("b.raucb")
        )
        _ = try await BundleReader().verify(shop.path("b.raucb"), keyring: shop.keys.authority)
    }

    @Test("a changed or cut bundle does not verify")
    func damaged() async throws {
        let shop = try await Workshop()
        try await BundleMaker().create(shop.order("a.raucb"))
        let whole = try Data(contentsOf: URL(fileURLWithPath: shop.path("a.raucb")))
        var changed = whole
        for offset in 300_000..<300_064 { changed[offset] ^= 0xFF }
        try changed.write(to: URL(fileURLWithPath: shop.path("changed.raucb")))
        try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: shop.path("cut.raucb")))
        for name in ["changed.raucb", "cut.raucb"] {
            await #expect(throws: BundleError.self, "\(name)") {
                try await BundleReader().verify(shop.path(name), keyring: shop.keys.authority)
            }
        }
    }

    @Test("nothing is overwritten unasked, and an adaptive image must have whole blocks")
    func refusals() async throws {
        let shop = try await Workshop()
        try Data("mine".utf8).write(to: URL(fileURLWithPath: shop.path("a.raucb")))
        await #expect(throws: BundleError.self) { try await BundleMaker().create(shop.order("a.raucb")) }
        #expect(FileManager.default.contents(atPath: shop.path("a.raucb")) == Data("mine".utf8))
        try Data(count: 5000).write(to: URL(fileURLWithPath: shop.path("root.img")))
        await #expect(throws: BundleError.self) { try await BundleMaker().create(shop.order("b.raucb")) }
        #expect(shop.leftovers.isEmpty)
    }

    @Test("development keys stay the same once they are made")
    func keysStay() async throws {
        let shop = try await Workshop()
        let before = try await DevelopmentKeys.describe(shop.keys.signer.certificate, shop.tools)
        try await shop.keys.prepare(shop.tools)
        #expect(try await DevelopmentKeys.describe(shop.keys.signer.certificate, shop.tools) == before)
        let mode = try FileManager.default.attributesOfItem(atPath: shop.keys.signer.key)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test("an index is signed, read, continued, and not believed from others")
    func index() async throws {
        let shop = try await Workshop()
        let other = try await Workshop()
        try await BundleMaker().create(shop.order("a.raucb"))
        let signed = SignedIndex()
        let reference = try await signed.reference(to: shop.path("a.raucb"), url: "a.raucb")
        let now = Timestamp(nanoseconds: 1_795_000_000_000_000_000)
        let release = UpdateRelease(
            version: try SystemVersion(parsing: "1.0.0"),
            compatible: try SystemKind(parsing: "homie-test"),
            channels: ["stable"],
            bundle: reference,
            rollout: try Percentage(10),
            published: now,
            notes: "Grüße\nzwei Zeilen"
        )
        let first = try UpdateIndex.next(after: nil, now: now, validity: .seconds(86_400)) { $0.add(release) }
        try await signed.write(first, to: shop.path("index.signed"), signer: shop.keys.signer)
        let read = try await signed.read(shop.path("index.signed"), keyring: shop.keys.authority)
        #expect(read == first)
        let second = try UpdateIndex.next(after: read, now: now, validity: .seconds(60)) {
            try $0.roll(release.version, to: .all)
        }
        #expect(second.sequence == 2 && second.releases.first?.rollout == .all)

        await #expect(throws: BundleError.self) {
            try await signed.read(shop.path("index.signed"), keyring: other.keys.authority)
        }
        var bytes = try Data(contentsOf: URL(fileURLWithPath: shop.path("index.signed")))
        let range = try #require(bytes.range(of: Data("\"rollout\" : 10".utf8)))
        bytes.replaceSubrange(range, with: Data("\"rollout\" : 99".utf8))
        try bytes.write(to: URL(fileURLWithPath: shop.path("forged")))
        let error = await #expect(throws: BundleError.self) {
            try await signed.read(shop.path("forged"), keyring: shop.keys.authority)
        }
        guard case .untrusted? = error else { throw POSIXError(.EINVAL) }
    }
}
