/// A version of the Engine API, e.g. 1.41.
struct APIVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Docker 20.10.
    static let oldest = APIVersion(major: 1, minor: 41)
    /// The newest whose changes this module knows; Docker 28.
    static let newest = APIVersion(major: 1, minor: 51)

    var major: Int
    var minor: Int

    init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    init?(parsing text: some StringProtocol) {
        let parts = text.split(separator: ".")
        guard parts.count == 2, let major = Int(parts[0]), let minor = Int(parts[1]) else { return nil }
        self.init(major: major, minor: minor)
    }

    var description: String { "\(major).\(minor)" }

    static func < (left: Self, right: Self) -> Bool { (left.major, left.minor) < (right.major, right.minor) }
}
