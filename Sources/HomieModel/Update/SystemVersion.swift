/// The version of a system: numbers separated by dots, then perhaps `-` and a pre-release, then perhaps `+` and a
/// build.
///
/// Compared as Semantic Versioning 2.0 says (11.: pre-releases come before their release, builds do not count), with
/// one to six numbers instead of three, so that `2026.11` and `2026.11.1` work too.
public struct SystemVersion: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    public let text: String
    private let numbers: [UInt64]
    private let preRelease: [String]

    /// - Throws: ``UpdateModelError/version(_:)``.
    public init(parsing text: String) throws(UpdateModelError) {
        guard let version = Self(text) else { throw .version(text) }
        self = version
    }

    private init?(_ text: String) {
        guard text.utf8.count <= 128 else { return nil }
        let build = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
        let parts = build[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let numbers = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        guard (1...6).contains(numbers.count) else { return nil }
        var values: [UInt64] = []
        for number in numbers {
            guard number.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = UInt64(number) else { return nil }
            values.append(value)
        }
        let preRelease = parts.count > 1 ? Self.identifiers(parts[1]) : []
        guard let preRelease, build.count < 2 || Self.identifiers(build[1]) != nil else { return nil }
        while values.count > 1, values.last == 0 { values.removeLast() }
        self.numbers = values
        self.preRelease = preRelease
        self.text = text
    }

    private static func identifiers(_ text: Substring) -> [String]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let areValid = parts.allSatisfy { part in
            !part.isEmpty
                && part.utf8.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                        || byte == 0x2D
                }
        }
        return areValid ? parts.map(String.init) : nil
    }

    public var isPreRelease: Bool { !preRelease.isEmpty }
    public var description: String { text }

    /// The same text for all versions of the same rank.
    var rankText: String {
        numbers.map { String($0) }.joined(separator: ".") + "-" + preRelease.joined(separator: ".")
    }

    /// Versions of the same rank are equal, whatever their build says: `1.0` and `1.0.0+3`.
    public static func == (left: Self, right: Self) -> Bool {
        left.numbers == right.numbers && left.preRelease == right.preRelease
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(numbers)
        hasher.combine(preRelease)
    }

    public static func < (left: Self, right: Self) -> Bool {
        if left.numbers != right.numbers {
            for index in 0..<max(left.numbers.count, right.numbers.count) {
                let mine = index < left.numbers.count ? left.numbers[index] : 0
                let theirs = index < right.numbers.count ? right.numbers[index] : 0
                if mine != theirs { return mine < theirs }
            }
        }
        if left.preRelease.isEmpty || right.preRelease.isEmpty {
            return !left.preRelease.isEmpty && right.preRelease.isEmpty
        }
        for (mine, theirs) in zip(left.preRelease, right.preRelease) where mine != theirs {
            switch (UInt64(mine), UInt64(theirs)) {
            case (let mine?, let theirs?): return mine < theirs
            case (.some, nil): return true
            case (nil, .some): return false
            case (nil, nil): return mine < theirs
            }
        }
        return left.preRelease.count < right.preRelease.count
    }

    public init(from decoder: any Decoder) throws {
        try self.init(parsing: decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
