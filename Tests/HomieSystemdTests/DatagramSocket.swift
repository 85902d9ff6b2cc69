import Glibc

/// A Unix datagram socket that a test binds to hear what libsystemd sends.
final class DatagramSocket {
    let path: String
    private let descriptor: Int32

    struct BindError: Error { let code: Int32 }

    init(path: String) throws {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw BindError(code: errno) }
        // A message that never comes must fail the test, not hang it.
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    /// The next message; nil when none came in time, or none is there and the caller does not wait.
    func receive(waiting: Bool = true) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let length = recv(descriptor, &buffer, buffer.count, waiting ? 0 : Int32(MSG_DONTWAIT))
        return length < 0 ? nil : Array(buffer.prefix(length))
    }

    func receiveText(waiting: Bool = true) -> String? {
        receive(waiting: waiting).map { String(decoding: $0, as: UTF8.self) }
    }
}
