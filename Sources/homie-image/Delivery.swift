internal import HomieBundle
internal import HomieImage
internal import HomieModel
internal import HomiePlanning

/// Puts what was made where it was asked for, under names that say what it is.
struct Delivery {
    let order: ImageOrder
    let outputs: [ImageStageName: String]
    let resolved: String

    struct Made: Encodable {
        var board: String
        var version: SystemVersion
        var rootHash: String
        var rootSize: ByteCount
        var image: String?
        var blockMap: String?
        var checksum: String?
        var softwareBill: String
        var bundle: String
        var bundleSize: ByteCount

        var lines: [(String, String?)] {
            [
                ("board", board), ("version", version.text), ("root", "\(rootSize.bytes) bytes, hash \(rootHash)"),
                ("image", image), ("block map", blockMap), ("checksum", checksum), ("software", softwareBill),
                ("bundle", "\(bundle), \(bundleSize.bytes) bytes"),
            ]
        }
    }

    /// - Parameter keyring: the authorities of a release, to which the bundle's signature must lead.
    func deliver(signer: Signer, keyring: String?) async throws -> Made {
        let base = order.output + "/" + order.name
        let root = outputs[.root] ?? ""
        let slot = try LayerReader.text(root + "/slot.cfg")
        let hash = slot.split(separator: "homie.roothash=").last.map { String($0.prefix(64)) } ?? ""
        var made = Made(
            board: order.board.name,
            version: order.version,
            rootHash: hash,
            rootSize: try ImageBuilder.size(of: root + "/root.img"),
            softwareBill: base + ".spdx.json",
            bundle: base + ".raucb",
            bundleSize: ByteCount(bytes: 0)
        )
        if let disk = outputs[.disk] {
            for (name, ending) in [("disk.img", "img"), ("disk.bmap", "img.bmap"), ("disk.sha256", "img.sha256")] {
                try await ImageBuilder.deliver("\(disk)/\(name)", to: "\(base).\(ending)")
            }
            (made.image, made.blockMap, made.checksum) = (base + ".img", base + ".img.bmap", base + ".img.sha256")
        }
        let bill = SoftwareBill(
            name: order.name,
            version: order.version,
            created: Timestamp(nanoseconds: order.epoch * 1_000_000_000),
            rootHash: hash,
            suite: order.board.suite,
            packages: PackageList(status: try LayerReader.text(root + "/packages")),
            dependencies: SoftwareBill.dependencies(resolved: resolved)
        )
        try ImageBuilder.deliver(text: try bill.text(), to: made.softwareBill)
        try await bundle(root, to: made.bundle, signer: signer, hash: hash)
        if let keyring { try await check(made.bundle, keyring) }
        made.bundleSize = try ImageBuilder.size(of: made.bundle)
        return made
    }

    /// Whether the devices of a release would take the bundle.
    private func check(_ bundle: String, _ keyring: String) async throws {
        let found = try await BundleReader().inspect(bundle, keyring: keyring)
        if found.isSignedForDevelopment {
            throw BundleError.developmentSigner(path: bundle, subject: found.signers.first ?? "")
        }
    }

    private func bundle(_ root: String, to path: String, signer: Signer, hash: String) async throws {
        let manifest = try BundleManifest(
            compatible: order.board.compatible,
            version: order.version,
            description: "Homie \(order.version)",
            build: String(hash.prefix(16)),
            images: [.init(slotClass: "boot", isAdaptive: true), .init(slotClass: "rootfs", isAdaptive: true)]
        )
        let bundle = BundleOrder(
            manifest: manifest,
            files: ["boot": (outputs[.boot] ?? "") + "/boot.img", "rootfs": root + "/root.img"],
            output: path,
            signer: signer,
            replaces: true
        )
        try await BundleMaker().create(bundle)
    }
}
