internal import Glibc
internal import Synchronization

/// TCP ports of loopback for servers that a test starts.
///
/// They are below those that the kernel gives to outgoing connections (`ip_local_port_range`, from 32768): between the moment when such a
/// port is found free and the server's `bind`, any connection of any process could have taken it.
public enum FreePort {
    public static let range: Range<UInt16> = 20_000..<32_000

    public struct NoneLeft: Error, CustomStringConvertible {
        public let description = "no TCP port between \(range.lowerBound) and \(range.upperBound) is free"
    }

    private static let last = Mutex(UInt16.random(in: range))

    /// A port at which nobody listens, on any address. No port is given twice before all others were.
    public static func next() throws -> UInt16 {
        for _ in range {
            let port = last.withLock { port in
                port = port + 1 < range.upperBound ? port + 1 : range.lowerBound
                return port
            }
            if isFree(port) { return port }
        }
        throw NoneLeft()
    }

    /// Without `SO_REUSEADDR`, and at all addresses: what `bind` takes here it takes from every server.
    private static func isFree(_ port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
