/// Looks through the bytes of a YAML file for what must not reach the parser.
enum YAMLScreen {
    /// The text of a file.
    ///
    /// - Throws: when it is too large, is not UTF-8, contains a NUL, or uses many aliases next to keys that are
    ///   collections, which would cost the parser exponential time.
    static func text(of bytes: [UInt8], file: String) throws(ComposeErrors) -> String {
        guard bytes.count <= YAMLLimits.size else {
            throw issue(
                "the file has \(bytes.count) bytes; \(YAMLLimits.size) are accepted",
                file: file,
                bytes: [],
                remedy: "move large texts to files of their own, e.g. with 'configs'"
            )
        }
        if let zero = bytes.firstIndex(of: 0) {
            throw issue(
                "the file contains a NUL character",
                file: file,
                bytes: bytes[..<zero],
                remedy: "save it as UTF-8 text"
            )
        }
        let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        guard let text = String(validating: content, as: UTF8.self) else {
            let valid = firstInvalid(in: content)
            throw issue(
                "the file is not UTF-8 text",
                file: file,
                bytes: content[..<valid],
                remedy: "save it as UTF-8"
            )
        }
        if aliases(in: content) > YAMLLimits.aliasesBesideComplexKeys, hasComplexKeys(content) {
            throw issue(
                "keys that are aliases or collections cannot be used together with many aliases",
                file: file,
                bytes: [],
                remedy: "write the keys out as text"
            )
        }
        return text
    }

    private static func issue(
        _ sentence: String,
        file: String,
        bytes: ArraySlice<UInt8>,
        remedy: String
    ) -> ComposeErrors {
        let line = 1 + bytes.count { $0 == 0x0A }
        let column = 1 + bytes.reversed().prefix { $0 != 0x0A }.count { $0 & 0xC0 != 0x80 }
        let mark = SourceMark(file: file, line: line, column: column)
        return ComposeErrors(ComposeIssue(sentence, at: mark, remedy: remedy))
    }

    private static func firstInvalid(in bytes: ArraySlice<UInt8>) -> Int {
        var (low, high) = (bytes.startIndex, bytes.endIndex)
        // The longest valid prefix; a cut inside a character makes at most three lengths around it invalid.
        while low < high {
            let middle = (low + high + 1) / 2
            var cut = middle
            while cut > low, cut < bytes.endIndex, bytes[cut] & 0xC0 == 0x80, middle - cut < 3 { cut -= 1 }
            if String(validating: bytes[..<cut], as: UTF8.self) != nil {
                low = middle
            } else {
                high = middle - 1
            }
        }
        return low
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

    /// How many places look like the use of an alias; more than there are, since texts are not told apart.
    private static func aliases(in bytes: ArraySlice<UInt8>) -> Int {
        var count = 0
        var previous: UInt8 = 0x0A
        for (index, byte) in zip(bytes.indices, bytes) {
            if byte == UInt8(ascii: "*"), isBlank(previous) || "[{,?".utf8.contains(previous) {
                let next = index + 1 < bytes.endIndex ? bytes[index + 1] : 0x0A
                if !isBlank(next), !"*,[]{}".utf8.contains(next) { count += 1 }
            }
            previous = byte
        }
        return count
    }

    /// True when a key may be an alias, a list or a mapping.
    private static func hasComplexKeys(_ bytes: ArraySlice<UInt8>) -> Bool {
        var previous: UInt8 = 0x0A
        /// The last byte that is not blank, and whether an alias stands before here.
        var solid: UInt8 = 0x0A
        var isInAlias = false
        var isAfterAlias = false
        for (index, byte) in zip(bytes.indices, bytes) {
            let next = index + 1 < bytes.endIndex ? bytes[index + 1] : 0x0A
            if byte == UInt8(ascii: ":"), isBlank(next) || "[]{},".utf8.contains(next) {
                if solid == UInt8(ascii: "]") || solid == UInt8(ascii: "}") || isInAlias || isAfterAlias { return true }
            }
            if byte == UInt8(ascii: "?"), isBlank(next), isBlank(previous) || "[{,-".utf8.contains(previous) {
                return true
            }
            if byte == UInt8(ascii: "*"), isBlank(previous) || "[{,".utf8.contains(previous), !isBlank(next) {
                isInAlias = true
                isAfterAlias = false
            } else if isBlank(byte) {
                if isInAlias { isAfterAlias = byte == 0x20 || byte == 0x09 }
                if byte == 0x0A { isAfterAlias = false }
                isInAlias = false
            } else if !isInAlias {
                isAfterAlias = false
            }
            if !isBlank(byte) { solid = byte }
            previous = byte
        }
        return false
    }
}
