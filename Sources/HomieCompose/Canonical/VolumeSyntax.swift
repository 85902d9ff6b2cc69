/// The short form of a mount: `[source:]target[:options]`.
enum VolumeSyntax {
    struct Mount {
        var kind = "volume"
        var source = ""
        var target = ""
        var isReadOnly = false
        /// Nil without a `bind` block.
        var bind: [String: ComposeNode]?
        /// Nil without a `volume` block.
        var volume: [String: ComposeNode]?

        /// The long form.
        var node: ComposeNode.Value {
            var members: [String: ComposeNode] = ["type": .string(kind), "target": .string(target)]
            if !source.isEmpty { members["source"] = .string(source) }
            if isReadOnly { members["read_only"] = .bool(true) }
            members["bind"] = bind.map { .map($0) }
            members["volume"] = volume.map { .map($0) }
            return .map(members)
        }
    }

    /// - Throws: a sentence when `text` is not a mount.
    static func parse(_ text: String) throws(SyntaxFailure) -> Mount {
        var mount = Mount()
        let length = text.utf8.count
        guard length > 0 else { throw SyntaxFailure("a mount is empty") }
        guard length > 2 else {
            mount.target = text
            return mount
        }
        let fields = fields(of: text)
        for (index, field) in fields.enumerated() {
            let isLast = index == fields.count - 1
            guard !field.isEmpty else { throw SyntaxFailure("'\(text)' has an empty part between colons") }
            if mount.source.isEmpty, isLast {
                mount.target = field
            } else if mount.source.isEmpty {
                mount.source = field
            } else if mount.target.isEmpty {
                mount.target = field
            } else if !isLast {
                throw SyntaxFailure("'\(text)' has too many colons")
            } else {
                apply(options: field, to: &mount)
            }
        }
        if isFilePath(mount.source) {
            mount.kind = "bind"
            mount.bind = (mount.bind ?? [:]).merging(["create_host_path": .bool(true)]) { _, new in new }
        } else {
            mount.volume = mount.volume ?? [:]
        }
        return mount
    }

    private static func apply(options: String, to mount: inout Mount) {
        for option in options.split(separator: ",") {
            switch option {
            case "ro": mount.isReadOnly = true
            case "rw": mount.isReadOnly = false
            case "nocopy": mount.volume = ["nocopy": .bool(true)]
            case "rprivate", "private", "rshared", "shared", "rslave", "slave":
                mount.bind = (mount.bind ?? [:]).merging(["propagation": .string(String(option))]) { _, new in new }
            case "z", "Z":
                mount.bind = (mount.bind ?? [:]).merging(["selinux": .string(String(option))]) { _, new in new }
            default: break
            }
        }
    }

    /// Splits at colons, except after the letter of a Windows drive.
    private static func fields(of text: String) -> [String] {
        var fields: [String] = []
        var field = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isDrive = field.count == 1 && (field.first?.properties.isAlphabetic ?? false)
            if scalar == ":", !isDrive {
                fields.append(String(field))
                field = String.UnicodeScalarView()
            } else {
                field.append(scalar)
            }
        }
        return fields + [String(field)]
    }

    private static func isFilePath(_ source: String) -> Bool {
        let scalars = source.unicodeScalars
        guard let first = scalars.first else { return false }
        if [".", "/", "~"].contains(first) || source.hasPrefix("\\\\") { return true }
        return scalars.count > 1 && first.properties.isAlphabetic && scalars.dropFirst().first == ":"
    }
}
