public import HomieModel

/// One replica of a service, by its number from 1.
public struct Instance: Sendable, Hashable, Comparable, CustomStringConvertible {
    public var service: ServiceName
    public var index: Int

    public init(_ service: ServiceName, _ index: Int) {
        self.service = service
        self.index = index
    }

    /// `service/index`, the form in which state keeps it.
    public var description: String { "\(service)/\(index)" }

    /// Reads `service/index`.
    public init?(key: String) {
        let parts = key.split(separator: "/")
        guard parts.count == 2, let service = try? ServiceName(parsing: String(parts[0])), let index = Int(parts[1])
        else { return nil }
        self.init(service, index)
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.service.text, left.index) < (right.service.text, right.index)
    }
}
