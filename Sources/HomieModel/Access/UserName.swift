/// The name a user signs in with: `[a-z0-9][a-z0-9._@-]*`, at most 63 characters.
public struct UserName: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    public static let pattern = "^[a-z0-9][a-z0-9._@-]{0,62}$"

    public let text: String

    /// - Throws: ``AccessNameError/user(_:)``
    public init(parsing text: String) throws(AccessNameError) {
        let bytes = text.utf8
        func isAlphanumeric(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) }
        guard let first = bytes.first, bytes.count <= 63, isAlphanumeric(first),
            bytes.allSatisfy({ isAlphanumeric($0) || ".-_@".utf8.contains($0) })
        else { throw .user(text) }
        self.text = text
    }

    public init(from decoder: any Decoder) throws {
        try self.init(parsing: decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    public var description: String { text }
    public static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

/// A name in matters of access that cannot be one.
public enum AccessNameError: UserFacingError, Equatable {
    case user(String)
    case scope(String)

    public var summary: String {
        switch self {
        case .user(let text): "'\(text.prefix(80))' is not a user's name"
        case .scope(let text): "'\(text.prefix(80))' is not a scope"
        }
    }

    public var hint: String? {
        switch self {
        case .user:
            "use lower-case letters, digits, '.', '-', '_' and '@', starting with a letter or digit, at most 63 characters"
        case .scope: "the scopes are \(Scope.all.map(\.description).joined(separator: ", "))"
        }
    }

    public var kind: ErrorKind { .usage }
}
