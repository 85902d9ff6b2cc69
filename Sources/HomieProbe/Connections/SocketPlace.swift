internal import Glibc

/// An address that is connected to: no name, so that nothing is asked to resolve it.
struct SocketPlace {
    private var storage = sockaddr_storage()
    private var length = socklen_t(0)

    /// - Returns: nil for what is no IP address.
    init?(_ address: String, _ port: UInt16) {
        var four = sockaddr_in()
        var six = sockaddr_in6()
        if inet_pton(AF_INET, address, &four.sin_addr) == 1 {
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = port.bigEndian
            length = socklen_t(MemoryLayout<sockaddr_in>.size)
            withUnsafeMutableBytes(of: &storage) { to in withUnsafeBytes(of: four) { to.copyMemory(from: $0) } }
        } else if inet_pton(AF_INET6, address, &six.sin6_addr) == 1 {
            six.sin6_family = sa_family_t(AF_INET6)
            six.sin6_port = port.bigEndian
            length = socklen_t(MemoryLayout<sockaddr_in6>.size)
            withUnsafeMutableBytes(of: &storage) { to in withUnsafeBytes(of: six) { to.copyMemory(from: $0) } }
        } else {
            return nil
        }
    }

    /// Begins to connect, and waits for nothing.
    ///
    /// - Returns: the socket, or the kernel's error number below zero.
    func connect() -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let socket = Glibc.socket(Int32(storage.ss_family), kind, 0)
        guard socket >= 0 else { return -errno }
        let result = withUnsafePointer(to: storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(socket, $0, length) }
        }
        guard result == 0 || errno == EINPROGRESS else {
            let code = errno
            close(socket)
            return -code
        }
        return socket
    }
}
