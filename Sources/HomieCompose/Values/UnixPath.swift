/// Paths with slashes, treated as text.
enum UnixPath {
    static func isAbsolute(_ path: String) -> Bool { path.utf8.first == UInt8(ascii: "/") }

    /// The shortest path that means the same; an empty one is `.`.
    static func clean(_ path: String) -> String {
        let rooted = isAbsolute(path)
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." {
                if let last = parts.last, last != ".." {
                    parts.removeLast()
                } else if !rooted {
                    parts.append(part)
                }
            } else {
                parts.append(part)
            }
        }
        let joined = parts.joined(separator: "/")
        return rooted ? "/" + joined : (joined.isEmpty ? "." : joined)
    }

    /// `path` inside `base`, cleaned; empty parts are skipped.
    static func join(_ base: String, _ path: String) -> String {
        let parts = [base, path].filter { !$0.isEmpty }
        return parts.isEmpty ? "" : clean(parts.joined(separator: "/"))
    }

    /// `path` itself when it is absolute, otherwise inside `base`.
    static func resolve(_ path: String, in base: String) -> String {
        isAbsolute(path) ? path : join(base, path)
    }

    static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return clean(String(path[...slash]))
    }

    static func lastComponent(of path: String) -> String {
        let parts = path.split(separator: "/")
        return parts.last.map(String.init) ?? (path.isEmpty ? "." : "/")
    }

    /// How to get from one path to the other; nil when one is absolute and the other is not.
    static func relative(from base: String, to target: String) -> String? {
        let (base, target) = (clean(base), clean(target))
        guard isAbsolute(base) == isAbsolute(target) else { return nil }
        let from = base == "." ? [] : base.split(separator: "/")
        let to = target == "." ? [] : target.split(separator: "/")
        let common = zip(from, to).prefix { $0 == $1 }.count
        guard !from.dropFirst(common).contains("..") else { return nil }
        let up = Array(repeating: Substring(".."), count: from.count - common)
        let parts = up + to.dropFirst(common)
        return parts.isEmpty ? "." : parts.joined(separator: "/")
    }

    /// True for `C:\…`, `C:/…` and `\\server\share\…`.
    static func isWindowsAbsolute(_ path: String) -> Bool {
        let bytes = Array(path.utf8.prefix(4096))
        func isSlash(_ place: Int) -> Bool {
            place < bytes.count && (bytes[place] == UInt8(ascii: "/") || bytes[place] == UInt8(ascii: "\\"))
        }
        guard bytes.count >= 3 else { return false }
        let letter = bytes[0] | 0x20
        if (0x61...0x7A).contains(letter), bytes[1] == UInt8(ascii: ":") { return isSlash(2) }
        guard bytes.count >= 5, isSlash(0), isSlash(1), !isSlash(2), bytes[2] != UInt8(ascii: ".") else {
            return false
        }
        guard let first = (3..<bytes.count).first(where: { isSlash($0) }), first + 1 < bytes.count,
            !isSlash(first + 1), bytes[first + 1] != UInt8(ascii: ".")
        else { return false }
        return (first + 1..<bytes.count).contains { isSlash($0) }
    }
}
