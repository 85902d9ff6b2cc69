public import HomieModel

/// The kind of machine an image is for, as `image/boards/NAME/board.conf` says it.
public struct Board: Sendable, Hashable {
    /// A processor architecture, by Debian's name for it.
    public enum Architecture: String, Sendable, Hashable, CaseIterable {
        case amd64, arm64

        /// Where UEFI looks for a loader (UEFI Specification 2.10, 3.5.1.1).
        var loaderFile: String {
            switch self {
            case .amd64: "BOOTX64.EFI"
            case .arm64: "BOOTAA64.EFI"
            }
        }

        var grubFormat: String {
            switch self {
            case .amd64: "x86_64-efi"
            case .arm64: "arm64-efi"
            }
        }

        /// The directory of this architecture's libraries.
        var libraries: String {
            switch self {
            case .amd64: "x86_64-linux-gnu"
            case .arm64: "aarch64-linux-gnu"
            }
        }
    }

    /// The sizes of the partitions; those of the slots count twice.
    public struct Sizes: Sendable, Hashable {
        public var esp: ByteCount
        public var boot: ByteCount
        public var root: ByteCount
        public var data: ByteCount
        /// The smallest disk it is for; what the partitions leave is for the data to grow into.
        public var disk: ByteCount

        public init(esp: ByteCount, boot: ByteCount, root: ByteCount, data: ByteCount, disk: ByteCount) {
            self.esp = esp
            self.boot = boot
            self.root = root
            self.data = data
            self.disk = disk
        }
    }

    public var name: String
    public var compatible: SystemKind
    public var architecture: Architecture
    /// Debian's name of the release, e.g. `trixie`.
    public var suite: String
    public var kernelArguments: String
    /// Seconds since 1970, for everything in an image that carries a time.
    public var epoch: Int64
    public var sizes: Sizes

    public init(
        name: String,
        compatible: SystemKind,
        architecture: Architecture,
        suite: String,
        kernelArguments: String,
        epoch: Int64,
        sizes: Sizes
    ) {
        self.name = name
        self.compatible = compatible
        self.architecture = architecture
        self.suite = suite
        self.kernelArguments = kernelArguments
        self.epoch = epoch
        self.sizes = sizes
    }
}

extension Board {
    private enum Key: String, CaseIterable {
        case compatible, architecture, suite, epoch, esp, boot, root, data, disk
        case kernelArguments = "kernel-arguments"
    }

    /// Reads a `board.conf`: one `name = value` a line, `#` begins a comment.
    ///
    /// - Throws: ``ImagePlanError/board(name:line:reason:)``.
    public init(name: String, parsing text: String) throws(ImagePlanError) {
        func wrong(_ reason: String, _ line: Int? = nil) -> ImagePlanError {
            .board(name: name, line: line, reason: reason)
        }
        let values = try Self.values(text) { line, reason in wrong(reason, line) }
        func value(_ key: Key) throws(ImagePlanError) -> String {
            guard let value = values[key], !value.isEmpty else { throw wrong("it does not say '\(key.rawValue)'") }
            return value
        }
        func size(_ key: Key) throws(ImagePlanError) -> ByteCount {
            let text = try value(key)
            guard let size = Self.size(text) else { throw wrong("'\(text)' is no size: write e.g. 96M or 6G") }
            return size
        }
        let kind = try value(.compatible)
        guard let compatible = try? SystemKind(parsing: kind) else { throw wrong("'\(kind)' is no compatible") }
        let processor = try value(.architecture)
        guard let architecture = Architecture(rawValue: processor) else {
            throw wrong("'\(processor)' is no architecture: write amd64 or arm64")
        }
        let suite = try value(.suite)
        let isName = suite.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x2D }
        guard isName else { throw wrong("'\(suite)' is no release of Debian") }
        let time = try value(.epoch)
        guard let epoch = Int64(time), (0...4_000_000_000).contains(epoch) else {
            throw wrong("'\(time)' is no time in seconds since 1970")
        }
        self.init(
            name: name,
            compatible: compatible,
            architecture: architecture,
            suite: suite,
            kernelArguments: values[.kernelArguments] ?? "",
            epoch: epoch,
            sizes: Sizes(
                esp: try size(.esp),
                boot: try size(.boot),
                root: try size(.root),
                data: try size(.data),
                disk: try size(.disk)
            )
        )
        // In slot.cfg they stand between quotation marks.
        if kernelArguments.contains(where: { $0 == "\"" || $0 == "$" || $0 == "\\" }) {
            throw wrong("the kernel's arguments may not hold a quotation mark, '$' or '\\'")
        }
    }

    private static func values(
        _ text: String,
        wrong: (Int, String) -> ImagePlanError
    ) throws(ImagePlanError) -> [Key: String] {
        var values: [Key: String] = [:]
        var number = 0
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            let words = TextLine.trimmed(line)
            if words.isEmpty || words.hasPrefix("#") { continue }
            guard let sign = words.firstIndex(of: "=") else { throw wrong(number, "this is not 'name = value'") }
            let key = TextLine.trimmed(words[..<sign])
            guard let known = Key(rawValue: String(key)) else { throw wrong(number, "there is no setting '\(key)'") }
            let value = String(TextLine.trimmed(words[words.index(after: sign)...]))
            guard values.updateValue(value, forKey: known) == nil else { throw wrong(number, "'\(key)' is set twice") }
        }
        return values
    }

    /// `96M`, `6G`: binary units, as partitions are measured.
    private static func size(_ text: String) -> ByteCount? {
        guard let unit = text.last, let shift = ["M": 20, "G": 30][unit], let count = Int64(text.dropLast()) else {
            return nil
        }
        guard (1...1_000_000).contains(count) else { return nil }
        return ByteCount(bytes: count << Int64(shift))
    }
}

/// Lists as people keep them in files.
public enum TextLine {
    /// The lines that are neither empty nor comments.
    public static func entries(_ text: String) -> [String] {
        text.split(whereSeparator: \.isNewline).map { String(trimmed($0)) }
            .filter { !$0.isEmpty && !$0.hasPrefix("#") }
    }

    static func trimmed(_ text: Substring) -> Substring {
        var slice = text
        while slice.first?.isWhitespace == true { slice.removeFirst() }
        while slice.last?.isWhitespace == true { slice.removeLast() }
        return slice
    }
}
