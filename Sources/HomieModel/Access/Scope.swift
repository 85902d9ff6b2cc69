/// What an API token is for, written `<area>:read` or `<area>:write`; writing includes reading.
public struct Scope: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    /// A part of the API.
    public enum Area: String, Sendable, Hashable, CaseIterable {
        /// Stacks, services, containers, deployments, events, logs.
        case stacks
        /// Routes and certificates.
        case gateway
        case jobs
        case backups
        case alerts
        case secrets
        /// The device: its health, metrics, updates.
        case system
        /// Users, tokens, sessions, the audit log.
        case access
    }

    public enum Level: String, Sendable, Hashable, CaseIterable {
        case read, write
    }

    public let area: Area
    public let level: Level

    public init(_ area: Area, _ level: Level) {
        self.area = area
        self.level = level
    }

    /// - Throws: ``AccessNameError/scope(_:)``
    public init(parsing text: String) throws(AccessNameError) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let area = Area(rawValue: String(parts[0])),
            let level = Level(rawValue: String(parts[1]))
        else { throw .scope(text) }
        self.init(area, level)
    }

    /// Every scope there is, in order.
    public static let all = Area.allCases.flatMap { area in Level.allCases.map { Scope(area, $0) } }.sorted()

    /// True when having this one is enough where `other` is asked for.
    public func includes(_ other: Scope) -> Bool { area == other.area && (level == .write || other.level == .read) }

    public var description: String { "\(area.rawValue):\(level.rawValue)" }
    public static func < (left: Self, right: Self) -> Bool { left.description < right.description }

    public init(from decoder: any Decoder) throws {
        try self.init(parsing: decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
