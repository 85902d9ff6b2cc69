/// Reads files of variables (`.env`, `--env-file`, `env_file`; Compose Specification, "Env_file format").
public struct EnvFileParser {
    /// The name errors show.
    let file: String
    /// A variable from outside, which wins over those of the file when a value refers to it.
    let lookup: (String) -> String?

    private var bytes: [UInt8] = []
    private var index = 0
    private var line = 1
    private var variables: [String: String] = [:]

    private init(file: String, bytes: [UInt8], lookup: @escaping (String) -> String?) {
        self.file = file
        self.bytes = bytes
        self.lookup = lookup
    }

    /// The variables of a file.
    ///
    /// - Throws: ``ComposeErrors`` with the line that cannot be read.
    public static func parse(
        _ bytes: [UInt8],
        file: String,
        lookup: @escaping (String) -> String? = { _ in nil }
    ) throws(ComposeErrors) -> [String: String] {
        guard bytes.count <= YAMLLimits.size else {
            throw ComposeErrors(
                ComposeIssue(
                    "the file is larger than \(YAMLLimits.size) bytes",
                    at: SourceMark(file: file, line: 0, column: 0)
                )
            )
        }
        let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        var parser = EnvFileParser(file: file, bytes: content, lookup: lookup)
        try parser.run()
        return parser.variables
    }

    private mutating func run() throws(ComposeErrors) {
        while skipToStatement() {
            let (name, hasValue) = try name()
            guard !name.contains(" ") else { throw issue("the name '\(name.prefix(60))' contains a space") }
            if hasValue {
                variables[name] = try value()
            } else if let inherited = lookup(name) {
                variables[name] = inherited
            }
        }
    }

    private var current: UInt8? { index < bytes.count ? bytes[index] : nil }

    /// Goes over blank lines and comments; false at the end of the file.
    private mutating func skipToStatement() -> Bool {
        while let byte = current {
            if byte == 0x0A { line += 1 }
            if byte == UInt8(ascii: "#") {
                while let other = current, other != 0x0A { index += 1 }
            } else if let width = blankWidth(at: index, withLineBreaks: true) {
                index += width
            } else {
                return true
            }
        }
        return false
    }

    /// The name up to `=`, `:` or the end of the line; a name alone takes its value from outside.
    private mutating func name() throws(ComposeErrors) -> (name: String, hasValue: Bool) {
        let lineStart = index
        let export = Array("export".utf8)
        if bytes[index...].starts(with: export), blankWidth(at: index + export.count, withLineBreaks: true) != nil {
            index += export.count
            while let width = blankWidth(at: index, withLineBreaks: false) { index += width }
        }
        let start = index
        var hasValue = false
        var end = bytes.count
        while index < bytes.count {
            let byte = bytes[index]
            if let width = blankWidth(at: index, withLineBreaks: false) {
                index += width
                continue
            }
            if byte == UInt8(ascii: "=") || byte == UInt8(ascii: ":") || byte == 0x0A {
                hasValue = byte != 0x0A
                end = index
                break
            }
            let (scalar, width) = scalar(at: index)
            let isAllowed =
                "_.-[]".unicodeScalars.contains(scalar) || scalar.properties.isAlphabetic
                || scalar.properties.numericType != nil
            guard isAllowed else {
                let shown = String(decoding: bytes[lineStart...].prefix { $0 != 0x0A }.prefix(60), as: UTF8.self)
                throw issue("the name in '\(shown)' contains '\(scalar)'")
            }
            index += width
        }
        let text = String(decoding: bytes[start..<end], as: UTF8.self)
        if !hasValue { line += 1 }
        index = min(end + 1, bytes.count)
        while let width = blankWidth(at: index, withLineBreaks: false) { index += width }
        return (trimmedAtEnd(text), hasValue)
    }

    private mutating func value() throws(ComposeErrors) -> String {
        guard let quote = current, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
            let end = bytes[index...].firstIndex(of: 0x0A) ?? bytes.count
            var text = bytes[index..<end]
            index = min(end + 1, bytes.count)
            if let comment = text.firstComment { text = text[..<comment] }
            let filled = try fill(trimmedAtEnd(String(decoding: text, as: UTF8.self)))
            line += 1
            return filled
        }
        let start = index
        let startLine = line
        var content: [UInt8] = []
        var isEscaped = false
        index += 1
        while let byte = current {
            index += 1
            if byte == 0x0A { line += 1 }
            if byte != quote {
                if !isEscaped, byte == UInt8(ascii: "\\") {
                    isEscaped = true
                    continue
                }
                if isEscaped {
                    isEscaped = false
                    content.append(UInt8(ascii: "\\"))
                }
                content.append(byte)
            } else if isEscaped {
                isEscaped = false
                content.append(byte)
            } else {
                let text = String(decoding: content, as: UTF8.self)
                return quote == UInt8(ascii: "\"") ? try fill(EnvFileEscapes.expand(text)) : text
            }
        }
        line = startLine
        let shown = String(decoding: bytes[start...].prefix { $0 != 0x0A }.prefix(40), as: UTF8.self)
        throw issue("the quotation that starts with \(shown) does not end")
    }

    private func fill(_ text: String) throws(ComposeErrors) -> String {
        do {
            return try Template(lookup: { lookup($0) ?? variables[$0] }).fill(text)
        } catch {
            switch error {
            case .malformed: throw issue("'\(text.prefix(60))' does not use variables in a way that can be read")
            case .required(let name, let message):
                throw issue("the variable \(name) must be set" + (message.isEmpty ? "" : ": \(message)"))
            }
        }
    }

    private func issue(_ sentence: String) -> ComposeErrors {
        ComposeErrors(
            ComposeIssue(
                sentence,
                at: SourceMark(file: file, line: line, column: 0),
                remedy: "write one NAME=value on a line; quote values with special characters"
            )
        )
    }

    private func scalar(at place: Int) -> (Unicode.Scalar, Int) {
        let text = String(decoding: bytes[place..<min(place + 4, bytes.count)], as: UTF8.self)
        guard let scalar = text.unicodeScalars.first else { return (" ", 1) }
        return (scalar, max(1, String(scalar).utf8.count))
    }

    /// The length of the blank character at a place; nil when there is none.
    private func blankWidth(at place: Int, withLineBreaks: Bool) -> Int? {
        guard place < bytes.count else { return nil }
        switch bytes[place] {
        case 0x20, 0x09, 0x0B, 0x0C, 0x0D: return 1
        case 0x0A: return withLineBreaks ? 1 : nil
        case 0xC2 where place + 1 < bytes.count && (bytes[place + 1] == 0x85 || bytes[place + 1] == 0xA0): return 2
        default: return nil
        }
    }

    private func trimmedAtEnd(_ text: String) -> String {
        var scalars = text.unicodeScalars[...]
        while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
        return String(scalars)
    }
}

extension ArraySlice<UInt8> {
    /// Where ` #` starts.
    fileprivate var firstComment: Int? {
        indices.first { self[$0] == 0x20 && $0 + 1 < endIndex && self[$0 + 1] == UInt8(ascii: "#") }
    }
}
