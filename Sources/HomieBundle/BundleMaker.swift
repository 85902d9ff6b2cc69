internal import FoundationEssentials
internal import HomieModel

/// What a bundle is to be made of.
public struct BundleOrder: Sendable, Hashable {
    public var manifest: BundleManifest
    /// The file of each image, by its slot class.
    public var files: [String: String]
    public var installCheckFile: String?
    public var output: String
    public var signer: Signer
    public var squashfs: SquashfsSettings
    public var replaces: Bool

    public init(
        manifest: BundleManifest,
        files: [String: String],
        installCheckFile: String? = nil,
        output: String,
        signer: Signer,
        squashfs: SquashfsSettings = SquashfsSettings(),
        replaces: Bool = false
    ) {
        self.manifest = manifest
        self.files = files
        self.installCheckFile = installCheckFile
        self.output = output
        self.signer = signer
        self.squashfs = squashfs
        self.replaces = replaces
    }
}

/// Makes and signs bundles through `rauc`.
public struct BundleMaker: Sendable {
    /// RAUC's block index counts in blocks of this size.
    private static let block = 4096

    private let tools: Toolbox

    public init(tools: Toolbox = Toolbox()) { self.tools = tools }

    /// Makes a bundle; its file is there as a whole, or not at all.
    ///
    /// - Throws: ``BundleError``.
    public func create(_ order: BundleOrder) async throws {
        try check(order)
        let scratch = try ScratchDirectory(in: directory(of: order.output))
        // A fresh one each time: RAUC before 1.12 writes into it.
        let content = scratch.file("content")
        try make(content)
        for image in order.manifest.images {
            guard let source = order.files[image.slotClass] else { continue }
            try copy(source, to: content + "/" + image.fileName)
        }
        if let name = order.manifest.installCheck, let source = order.installCheckFile {
            try copy(source, to: content + "/" + name)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: content + "/" + name)
        }
        _ = try scratch.write(order.manifest.text, to: "content/manifest.raucm")
        try await tools.run(
            .bundle(content: content, output: scratch.file("bundle"), signer: order.signer, squashfs: order.squashfs),
            to: "make '\(order.output)'"
        )
        try place(scratch.file("bundle"), order.output, replaces: order.replaces)
    }

    /// Signs a bundle anew: the old signature is checked against `keyring` and replaced.
    ///
    /// - Parameter signingKeyring: the authorities that the new signer must lead to.
    /// - Throws: ``BundleError``.
    public func resign(
        _ bundle: String,
        keyring: String,
        signer: Signer,
        signingKeyring: String,
        output: String,
        replaces: Bool = false
    ) async throws {
        if !replaces, FileManager.default.fileExists(atPath: output) { throw BundleError.exists(path: output) }
        let scratch = try ScratchDirectory(in: directory(of: output))
        let configuration = try scratch.write(RaucConfiguration.text(keyring: keyring), to: "system.conf")
        do {
            try await tools.run(
                .resign(
                    input: bundle,
                    output: scratch.file("bundle"),
                    signer: signer,
                    configuration: configuration,
                    keyring: keyring,
                    signingKeyring: signingKeyring
                ),
                to: "sign '\(bundle)'"
            )
        } catch BundleError.toolFailed(_, _, let reason) where reason.lowercased().contains("verif") {
            throw BundleError.untrusted(path: bundle, reason: reason)
        }
        try place(scratch.file("bundle"), output, replaces: replaces)
    }

    private func check(_ order: BundleOrder) throws {
        if !order.replaces, FileManager.default.fileExists(atPath: order.output) {
            throw BundleError.exists(path: order.output)
        }
        for image in order.manifest.images {
            guard let file = order.files[image.slotClass] else {
                throw BundleError.manifest("there is no file for '\(image.slotClass)'")
            }
            let size = try FileFacts.size(of: file)
            if image.isAdaptive, size % Int64(Self.block) != 0 {
                throw BundleError.file(
                    path: file,
                    reason: "an adaptive image must be a multiple of \(Self.block) bytes, and this has \(size)"
                )
            }
        }
        if order.manifest.installCheck != nil, order.installCheckFile == nil {
            throw BundleError.manifest("there is no file for the install check")
        }
    }

    private func make(_ directory: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw BundleError.file(path: directory, reason: "it cannot be made")
        }
    }

    private func copy(_ source: String, to destination: String) throws {
        do {
            // A link where it can be: images are large, and RAUC only reads them.
            if (try? FileManager.default.linkItem(atPath: source, toPath: destination)) == nil {
                try FileManager.default.copyItem(atPath: source, toPath: destination)
            }
        } catch {
            throw BundleError.file(path: source, reason: "it cannot be copied")
        }
    }

    private func place(_ source: String, _ destination: String, replaces: Bool) throws {
        do {
            if replaces, FileManager.default.fileExists(atPath: destination) {
                try FileManager.default.removeItem(atPath: destination)
            }
            try FileManager.default.moveItem(atPath: source, toPath: destination)
        } catch {
            throw BundleError.file(path: destination, reason: "it cannot be put there")
        }
    }
}

/// The configuration under which `rauc` reads bundles as an appliance would.
enum RaucConfiguration {
    static func text(keyring: String) -> String {
        """
        [system]
        compatible=homie-bundle
        bootloader=noop
        bundle-formats=plain verity

        [keyring]
        path=\(keyring)
        check-purpose=codesign

        """
    }
}
