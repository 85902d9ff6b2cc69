import Foundation
import Glibc

/// A TCP connection on loopback that sends whatever a test wants.
final class TCPSocket {
    struct Failure: Error, CustomStringConvertible {
        let call: String
        let code: Int32
        var description: String { "\(call): \(String(cString: strerror(code)))" }
    }

    private let descriptor: Int32

    /// - Parameter source: the loopback address it comes from, e.g. `127.0.0.2`.
    init(port: UInt16, from source: String = "127.0.0.1") throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(call: "socket", code: errno) }
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        try Self.with(source, 0) { address, size in
            guard bind(descriptor, address, size) == 0 else { throw Failure(call: "bind", code: errno) }
        }
        try Self.with("127.0.0.1", port) { address, size in
            guard connect(descriptor, address, size) == 0 else { throw Failure(call: "connect", code: errno) }
        }
    }

    deinit { close(descriptor) }

    func send(_ text: String) throws {
        let bytes = Array(text.utf8)
        let count = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        guard count == bytes.count else { throw Failure(call: "send", code: errno) }
    }

    /// What comes until the peer closes, or until `isEnough`.
    func read(until isEnough: (String) -> Bool = { _ in false }) throws -> String {
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let text = String(decoding: received, as: UTF8.self)
            if isEnough(text) { return text }
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == ECONNRESET { return text }
            guard count >= 0 else { throw Failure(call: "read", code: errno) }
            guard count > 0 else { return text }
            received += buffer[..<count]
        }
    }

    /// One request; the status of the answer, 0 when the connection was closed without one.
    static func status(_ text: String, port: UInt16) throws -> Int {
        let socket = try TCPSocket(port: port)
        try socket.send(text)
        let answer = try socket.read { $0.contains("\r\n") }
        return Int(answer.dropFirst("HTTP/1.1 ".count).prefix(3)) ?? 0
    }

    private static func with(
        _ host: String,
        _ port: UInt16,
        _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Void
    ) throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr(host)
        try withUnsafePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                try body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
