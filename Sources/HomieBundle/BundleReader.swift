internal import FoundationEssentials
public import HomieModel

/// What is in a bundle.
public struct BundleInformation: Sendable, Hashable, Codable {
    public struct Image: Sendable, Hashable, Codable {
        public var slotClass: String
        public var fileName: String
        public var size: ByteCount
        public var sha256: ContentDigest
        public var isAdaptive: Bool
    }

    public var compatible: SystemKind
    public var version: SystemVersion
    public var description: String?
    public var build: String?
    public var format: String
    public var images: [Image]
    /// Whose signature was verified, from the signer to the authority; empty where it was not looked at.
    public var signers: [String]
    public var size: ByteCount

    public var isSignedForDevelopment: Bool { signers.contains { CertificateSummary.marksDevelopment($0) } }
}

/// Reads bundles through `rauc`, without mounting anything: no root and no device mapper needed.
public struct BundleReader: Sendable {
    private let tools: Toolbox

    public init(tools: Toolbox = Toolbox()) { self.tools = tools }

    /// What a bundle says; its signature is checked when a key ring is named, its images are not.
    ///
    /// - Throws: ``BundleError``.
    public func inspect(_ bundle: String, keyring: String? = nil) async throws -> BundleInformation {
        let size = try FileFacts.size(of: bundle)
        let scratch = try ScratchDirectory(in: FileManager.default.temporaryDirectory.path)
        let configuration = try keyring.map {
            try scratch.write(RaucConfiguration.text(keyring: absolute($0)), to: "system.conf")
        }
        let deed = "read '\(bundle)'"
        do {
            let document = try await tools.run(
                .info(bundle: bundle, configuration: configuration, isJSON: true),
                to: deed
            )
            let text = try await tools.run(.info(bundle: bundle, configuration: configuration, isJSON: false), to: deed)
            return try information(bundle, document, text, size: ByteCount(bytes: size))
        } catch BundleError.toolFailed(_, _, let reason) {
            let words = reason.lowercased()
            let isTrust = words.contains("verif") || words.contains("certificate") || words.contains("signature ver")
            throw isTrust
                ? BundleError.untrusted(path: bundle, reason: reason)
                : BundleError.notABundle(path: bundle, reason: reason)
        }
    }

    /// Checks everything: who signed, that every image is what was signed, what it is for.
    ///
    /// - Parameters:
    ///   - isRelease: development keys do not count.
    ///   - compatible: what it has to be made for; nil: anything.
    /// - Throws: ``BundleError``.
    public func verify(
        _ bundle: String,
        keyring: String,
        isRelease: Bool = false,
        compatible: SystemKind? = nil
    ) async throws -> BundleInformation {
        let information = try await inspect(bundle, keyring: keyring)
        if isRelease, let subject = information.signers.first(where: { CertificateSummary.marksDevelopment($0) }) {
            throw BundleError.developmentSigner(path: bundle, subject: subject)
        }
        if let compatible, compatible != information.compatible {
            throw BundleError.wrongSystem(path: bundle, found: information.compatible, wanted: compatible)
        }
        let scratch = try ScratchDirectory(in: FileManager.default.temporaryDirectory.path)
        let content = scratch.file("content")
        do {
            // The file system lies at the front of the bundle; what follows it is no matter to unsquashfs.
            try await tools.run(
                "unsquashfs",
                ["-no-progress", "-quiet", "-dest", content, bundle],
                to: "unpack '\(bundle)'"
            )
        } catch BundleError.toolFailed(_, _, let reason) {
            throw BundleError.notABundle(path: bundle, reason: reason)
        }
        for image in information.images {
            let digest = try? await tools.digest(of: content + "/" + image.fileName)
            guard digest == image.sha256 else { throw BundleError.changedImage(path: bundle, image: image.fileName) }
        }
        return information
    }

    private func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }

    private func information(
        _ bundle: String,
        _ document: String,
        _ text: String,
        size: ByteCount
    ) throws -> BundleInformation {
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(document.utf8)),
            let compatible = value["compatible"]?.stringValue, let version = value["version"]?.stringValue
        else { throw BundleError.notABundle(path: bundle, reason: "RAUC describes it in an unknown way") }
        let images = try (value["images"]?.arrayValue ?? []).flatMap { entry in
            try (entry.objectValue ?? [:]).map { slotClass, image in
                BundleInformation.Image(
                    slotClass: slotClass,
                    fileName: image["filename"]?.stringValue ?? "",
                    size: ByteCount(bytes: image["size"]?.integerValue ?? 0),
                    sha256: try ContentDigest(parsing: image["checksum"]?.stringValue ?? ""),
                    isAdaptive: image["adaptive"]?.arrayValue?.contains("block-hash-index") ?? false
                )
            }
        }
        return BundleInformation(
            compatible: try SystemKind(parsing: compatible),
            version: try SystemVersion(parsing: version),
            description: value["description"]?.stringValue,
            build: value["build"]?.stringValue,
            format: Self.value(of: "Bundle Format:", in: text).first ?? "plain",
            images: images,
            signers: Self.value(of: "Subject:", in: text),
            size: size
        )
    }

    /// What follows a label in RAUC's readable text.
    private static func value(of label: String, in text: String) -> [String] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            guard let range = line.firstRange(of: label) else { return nil }
            let rest: Substring = line[range.upperBound..<line.endIndex]
            return String(rest.drop { $0 == " " || $0 == "\t" })
        }
    }
}
