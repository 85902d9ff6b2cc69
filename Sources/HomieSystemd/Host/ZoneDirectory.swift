import Glibc

/// The compiled zone files of the IANA database on this device (tzfile(5)).
public struct ZoneDirectory: Sendable {
    private let path: String
    /// Larger than any zone file.
    private static let limit = 256 * 1024

    /// - Parameter path: nil for `TZDIR`, else `/usr/share/zoneinfo`.
    public init(path: String? = nil) {
        self.path = path ?? getenv("TZDIR").map { String(cString: $0) } ?? "/usr/share/zoneinfo"
    }

    /// The file of a zone such as `Europe/Berlin`; nil when there is none, or the name leads elsewhere.
    public func file(_ name: String) -> [UInt8]? {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }), !name.utf8.contains(0) else { return nil }
        let descriptor = open("\(path)/\(name)", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while content.count <= Self.limit {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            if count < 0 { return nil }
            if count == 0 { return content }
            content += buffer[..<count]
        }
        return nil
    }
}
