/// One line of a `.dockerignore` (Docker's manual, ".dockerignore file"): Go's `filepath.Match` and `**`.
struct IgnorePattern: Sendable, Hashable {
    private enum Token: Sendable, Hashable {
        case literal(Unicode.Scalar)
        /// `?`: anything but a slash.
        case one
        /// `*`: any number of anything but slashes.
        case some
        /// `**` with what follows: any number of whole directories.
        case directories
        /// `**` at the end: anything.
        case rest
        case set([ClosedRange<UInt32>], isNegated: Bool)
    }

    /// True for a line that begins with `!`: what matches is kept.
    var isException: Bool
    /// The pattern, cleaned, without the `!`.
    var text: String
    private var tokens: [Token]

    /// nil for an empty line or a comment.
    init?(line: String) throws(ArchiveError) {
        guard !line.hasPrefix("#") else { return nil }
        var text = line.trimmedOfBlanks
        let isException = text.hasPrefix("!")
        if isException { text = String(text.dropFirst()).trimmedOfBlanks }
        guard !text.isEmpty else {
            if isException { throw .badIgnorePattern(line) }
            return nil
        }
        text = Self.cleaned(text)
        if text.count > 1, text.hasPrefix("/") { text = String(text.dropFirst()) }
        self.isException = isException
        self.text = text
        guard let tokens = Self.tokens(Array(text.unicodeScalars)) else { throw .badIgnorePattern(line) }
        self.tokens = tokens
    }

    /// Without `.`, `..`, double and trailing slashes (Go's `path.Clean`).
    private static func cleaned(_ text: String) -> String {
        let isRooted = text.hasPrefix("/")
        var parts: [Substring] = []
        for part in text.split(separator: "/") where part != "." {
            if part == "..", let last = parts.last, last != ".." {
                parts.removeLast()
            } else if part != ".." || !isRooted {
                parts.append(part)
            }
        }
        let joined = (isRooted ? "/" : "") + parts.joined(separator: "/")
        return joined.isEmpty ? "." : joined
    }

    private static func tokens(_ text: [Unicode.Scalar]) -> [Token]? {
        var tokens: [Token] = []
        var index = 0
        while index < text.count {
            let scalar = text[index]
            index += 1
            switch scalar {
            case "*":
                guard index < text.count, text[index] == "*" else {
                    tokens.append(.some)
                    continue
                }
                index += 1
                if index < text.count, text[index] == "/" { index += 1 }
                tokens.append(index == text.count ? .rest : .directories)
            case "?": tokens.append(.one)
            case "\\":
                guard index < text.count else { return nil }
                tokens.append(.literal(text[index]))
                index += 1
            case "[":
                guard let set = set(text, from: &index) else { return nil }
                tokens.append(set)
            default: tokens.append(.literal(scalar))
            }
        }
        return tokens
    }

    /// `[a-z]`, `[^abc]`; `index` is behind the opening bracket, then behind the closing one.
    private static func set(_ text: [Unicode.Scalar], from index: inout Int) -> Token? {
        var ranges: [ClosedRange<UInt32>] = []
        var isNegated = false
        if index < text.count, text[index] == "^" {
            isNegated = true
            index += 1
        }
        func next() -> UInt32? {
            if index < text.count, text[index] == "\\" { index += 1 }
            guard index < text.count else { return nil }
            defer { index += 1 }
            return text[index].value
        }
        while index < text.count, text[index] != "]" || ranges.isEmpty {
            guard let low = next() else { return nil }
            var high = low
            if index + 1 < text.count, text[index] == "-", text[index + 1] != "]" {
                index += 1
                guard let end = next() else { return nil }
                high = end
            }
            guard low <= high else { return nil }
            ranges.append(low...high)
        }
        guard index < text.count else { return nil }
        index += 1
        return .set(ranges, isNegated: isNegated)
    }

    /// True when the pattern describes this very path.
    func matches(_ path: ArraySlice<Unicode.Scalar>) -> Bool {
        let path = Array(path)
        var failed = [Bool](repeating: false, count: (tokens.count + 1) * (path.count + 1))
        return matches(0, path, 0, &failed)
    }

    private func matches(_ token: Int, _ path: [Unicode.Scalar], _ position: Int, _ failed: inout [Bool]) -> Bool {
        let key = token * (path.count + 1) + position
        guard !failed[key] else { return false }
        guard token < tokens.count else { return position == path.count }
        let found: Bool
        switch tokens[token] {
        case .rest: found = true
        case .some:
            var end = position
            while end < path.count, path[end] != "/" { end += 1 }
            found = (position...end).contains { matches(token + 1, path, $0, &failed) }
        case .directories:
            found =
                matches(token + 1, path, position, &failed)
                || (position..<path.count).contains { path[$0] == "/" && matches(token + 1, path, $0 + 1, &failed) }
        case .one, .literal, .set:
            found =
                position < path.count && accepts(tokens[token], path[position])
                && matches(token + 1, path, position + 1, &failed)
        }
        if !found { failed[key] = true }
        return found
    }

    private func accepts(_ token: Token, _ scalar: Unicode.Scalar) -> Bool {
        switch token {
        case .literal(let wanted): scalar == wanted
        case .one: scalar != "/"
        case .set(let ranges, let isNegated):
            scalar != "/" && ranges.contains { $0.contains(scalar.value) } != isNegated
        case .some, .directories, .rest: false
        }
    }
}

extension String {
    var trimmedOfBlanks: String {
        let start = firstIndex { !$0.isWhitespace } ?? endIndex
        let end = lastIndex { !$0.isWhitespace }.map(index(after:)) ?? start
        return String(self[start..<end])
    }
}
