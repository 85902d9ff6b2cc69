internal import Dispatch
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A listener on a Unix socket that does to each connection what a script says, byte for byte.
public final class ScriptedServer: Sendable {
    /// One connection, read and written by blocking calls.
    public final class Connection: Sendable {
        private let descriptor: Int32
        private let pending = Mutex<[UInt8]>([])
        /// From 0, in the order in which they came.
        public let number: Int

        init(descriptor: Int32, number: Int) {
            self.descriptor = descriptor
            self.number = number
        }

        deinit { Glibc.close(descriptor) }

        /// The next request's head, to its empty line; nil when the peer has closed.
        public func readHead() -> String? {
            while true {
                let head = pending.withLock { bytes -> String? in
                    guard let end = bytes.indices.dropLast(3).first(where: { Array(bytes[$0..<($0 + 4)]) == Self.end })
                    else { return nil }
                    defer { bytes.removeFirst(end + 4) }
                    return String(decoding: bytes[..<(end + 4)], as: UTF8.self)
                }
                if let head { return head }
                guard let more = receive() else { return nil }
                pending.withLock { $0 += more }
            }
        }

        private static let end: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]

        /// Bytes as they come; nil when the peer has closed.
        public func read() -> [UInt8]? {
            let waiting = pending.withLock { bytes in
                defer { bytes = [] }
                return bytes
            }
            return waiting.isEmpty ? receive() : waiting
        }

        private func receive() -> [UInt8]? {
            var buffer = [UInt8](repeating: 0, count: 65536)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            return count > 0 ? Array(buffer.prefix(count)) : nil
        }

        /// False when the peer has closed.
        @discardableResult
        public func write(_ bytes: [UInt8]) -> Bool {
            var sent = 0
            while sent < bytes.count {
                let count = bytes.withUnsafeBytes {
                    send(descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }

        @discardableResult
        public func write(_ text: String) -> Bool { write(Array(text.utf8)) }

        /// An answer with this body and its length.
        @discardableResult
        public func answer(status: String = "200 OK", _ body: String, fields: String = "") -> Bool {
            write("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)")
        }

        /// Closes both ways.
        public func close() { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    public let path: String
    /// Closed by the thread that accepts, and by nobody else: it could otherwise accept from a new server's listener that has been
    /// given the same number. nil from then on.
    private let listener: Mutex<Int32?>
    private let connections = Mutex<[WeakConnection]>([])

    private struct WeakConnection: Sendable {
        weak var connection: Connection?
    }

    /// - Parameter path: A path that is free; nil for one in the temporary directory.
    public init(path: String? = nil, _ serve: @Sendable @escaping (Connection) -> Void) throws {
        let path = path ?? "/tmp/homie-test-\(UInt64.random(in: 0...(.max))).sock"
        self.path = path
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = Mutex(listener)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, size) }
        }
        guard listener >= 0, bound == 0, listen(listener, 64) == 0 else {
            let failure = Failure(path: path, code: errno)
            self.listener.withLock { $0 = nil }
            close(listener)
            throw failure
        }
        DispatchQueue(label: "accept").async { [weak self] in
            var number = 0
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { break }
                let connection = Connection(descriptor: descriptor, number: number)
                number += 1
                self?.connections.withLock { $0.append(WeakConnection(connection: connection)) }
                DispatchQueue(label: "serve").async { serve(connection) }
            }
            guard let self else { return _ = close(listener) }
            self.listener.withLock { open in
                open = nil
                close(listener)
            }
        }
    }

    public struct Failure: Error {
        public var path: String
        public var code: Int32
    }

    /// How many connections there have been.
    public var connectionCount: Int { connections.withLock { $0.count } }

    /// Takes no more connections, and closes those there are. The path becomes free.
    public func stop() {
        unlink(path)
        listener.withLock { if let listener = $0 { _ = shutdown(listener, Int32(SHUT_RDWR)) } }
        for entry in connections.withLock({ $0 }) { entry.connection?.close() }
    }

    deinit { stop() }
}
