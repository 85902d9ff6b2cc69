public import HomieModel

/// What a bundle holds, as RAUC's `manifest.raucm` says it (RAUC Reference Manual, "Manifest").
public struct BundleManifest: Sendable, Hashable, Codable {
    public enum Format: String, Sendable, Hashable, Codable, CaseIterable {
        /// Checked as it is read: what appliances take.
        case verity
        /// Checked before it is read; for tests on kernels without a device mapper.
        case plain
    }

    public struct Image: Sendable, Hashable, Codable {
        /// The class of slots it is for, e.g. `rootfs`.
        public var slotClass: String
        /// Its name in the bundle. RAUC takes it for a raw image when it ends in `.img`.
        public var fileName: String
        /// Carries an index of its blocks, so that devices fetch only those they do not have.
        public var isAdaptive: Bool

        public init(slotClass: String, fileName: String? = nil, isAdaptive: Bool = false) {
            self.slotClass = slotClass
            self.fileName = fileName ?? "\(slotClass).img"
            self.isAdaptive = isAdaptive
        }
    }

    public var compatible: SystemKind
    public var version: SystemVersion
    public var description: String?
    public var build: String?
    public var format: Format
    public var images: [Image]
    /// The file name of an install hook in the bundle that checks whether it may be installed.
    public var installCheck: String?
    /// Further facts about the bundle, by section and key; RAUC gives them to hooks as they are.
    public var meta: [String: [String: String]]

    /// - Throws: ``BundleError/manifest(_:)``.
    public init(
        compatible: SystemKind,
        version: SystemVersion,
        description: String? = nil,
        build: String? = nil,
        format: Format = .verity,
        images: [Image],
        installCheck: String? = nil,
        meta: [String: [String: String]] = [:]
    ) throws(BundleError) {
        guard !images.isEmpty else { throw .manifest("it holds no image") }
        var seen: Set<String> = []
        for image in images {
            for name in [image.slotClass, image.fileName] where !Self.isName(name) {
                throw .manifest("'\(name)' is not a name")
            }
            guard seen.insert(image.slotClass).inserted else {
                throw .manifest("there are two images for '\(image.slotClass)'")
            }
        }
        for text in [description, build, installCheck].compactMap({ $0 }) where !Self.isLine(text) {
            throw .manifest("a value has more than one line")
        }
        for (section, entries) in meta {
            for (key, value) in entries where !Self.isName(section) || !Self.isName(key) || !Self.isLine(value) {
                throw .manifest("'\(section).\(key)' is not a name with a value of one line")
            }
        }
        self.compatible = compatible
        self.version = version
        self.description = description
        self.build = build
        self.format = format
        self.images = images
        self.installCheck = installCheck
        self.meta = meta
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.first != "."
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == 0x2D || byte == 0x2E || byte == 0x5F
            }
    }

    private static func isLine(_ text: String) -> Bool { text.utf8.allSatisfy { $0 >= 0x20 } }

    /// The text of `manifest.raucm`, always the same for the same manifest.
    public var text: String {
        var sections: [(String, [(String, String?)])] = [
            (
                "update",
                [
                    ("compatible", compatible.text), ("version", version.text), ("description", description),
                    ("build", build),
                ]
            ),
            ("bundle", [("format", format.rawValue)]),
        ]
        if let installCheck { sections.append(("hooks", [("filename", installCheck), ("hooks", "install-check")])) }
        for image in images {
            let adaptive = image.isAdaptive ? "block-hash-index" : nil
            sections.append(("image.\(image.slotClass)", [("filename", image.fileName), ("adaptive", adaptive)]))
        }
        for (section, entries) in meta.sorted(by: { $0.key < $1.key }) {
            sections.append(("meta.\(section)", entries.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }))
        }
        return sections.map { name, entries in
            "[\(name)]\n" + entries.compactMap { key, value in value.map { "\(key)=\(Self.escaped($0))\n" } }.joined()
        }.joined(separator: "\n")
    }

    /// A backslash begins an escape in GLib's key files.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text { result += character == "\\" ? "\\\\" : String(character) }
        return result.first == " " ? "\\s" + result.dropFirst() : result
    }
}
