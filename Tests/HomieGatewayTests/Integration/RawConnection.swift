import Dispatch
import Glibc
import Synchronization

@testable import HomieGateway

/// A client that speaks HTTP/1.1 by hand on one connection, and is strict about it.
final class RawConnection {
    struct Response {
        var status: Int
        var head: String
        var body: String
        /// The server ends the connection after this answer.
        var closes: Bool { head.lowercased().contains("connection: close") }
    }

    struct Ended: Error {}

    private let descriptor: Int32
    private var pending: [UInt8] = []

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = port.bigEndian
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw Errno(code: errno) }
    }

    deinit { close(descriptor) }

    func get(_ path: String, host: String, headers: String = "") throws -> Response {
        try send("GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\(headers)\r\n")
        return try response()
    }

    func send(_ text: String) throws {
        let bytes = Array(text.utf8)
        let count = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        guard count == bytes.count else { throw Errno(code: errno) }
    }

    /// One answer with a length.
    func response() throws -> Response {
        let head = try read(until: "\r\n\r\n")
        let words = head.split(separator: " ", maxSplits: 2)
        let status = words.count > 1 ? Int(words[1]) ?? 0 : 0
        var length = 0
        for line in head.split(separator: "\r\n") where line.lowercased().hasPrefix("content-length:") {
            length = Int(line.dropFirst("content-length:".count).drop { $0 == " " }) ?? 0
        }
        while pending.count < length { try fill() }
        let body = String(decoding: pending.prefix(length), as: UTF8.self)
        pending.removeFirst(length)
        return Response(status: status, head: head, body: body)
    }

    /// Everything up to and with `mark`.
    func read(until mark: String) throws -> String {
        while true {
            let text = String(decoding: pending, as: UTF8.self)
            if let end = text.range(ofEnd: mark) {
                let part = String(text[..<end])
                pending.removeFirst(part.utf8.count)
                return part
            }
            guard pending.count < 1 << 20 else { throw Ended() }
            try fill()
        }
    }

    /// The next so many bytes.
    func read(count: Int) throws -> [UInt8] {
        while pending.count < count { try fill() }
        defer { pending.removeFirst(count) }
        return Array(pending.prefix(count))
    }

    private func fill() throws {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
        if count < 0 { throw Errno(code: errno) }
        guard count > 0 else { throw Ended() }
        pending += buffer.prefix(count)
    }

    /// One request on a connection of its own.
    static func get(_ path: String, host: String, port: UInt16, headers: String = "") throws -> Response {
        try RawConnection(port: port).get(path, host: host, headers: headers)
    }
}

/// Clients that ask over kept connections until they are told to stop, and count what fails.
final class Load: Sendable {
    private let isStopped = Atomic<Bool>(false)
    private let done = Atomic<Int>(0)
    private let failures = Mutex<[String]>([])
    private let queue = DispatchQueue(label: "load", attributes: .concurrent)
    private let group = DispatchGroup()

    init(clients: Int, port: UInt16, hosts: [String]) {
        for client in 0..<clients {
            queue.async(group: group) { self.ask(port, hosts[client % hosts.count]) }
        }
    }

    var requests: Int { done.load(ordering: .relaxed) }

    private func ask(_ port: UInt16, _ host: String) {
        var connection: RawConnection?
        while !isStopped.load(ordering: .relaxed) {
            do {
                let open = try connection ?? RawConnection(port: port)
                connection = open
                let response = try open.get("/", host: host)
                guard response.status == 200 else { throw Errno(code: Int32(response.status)) }
                if response.closes { connection = nil }
                done.wrappingAdd(1, ordering: .relaxed)
            } catch {
                connection = nil
                failures.withLock { $0.append("\(host): \(error)") }
            }
        }
    }

    /// Waits until so many more requests were answered.
    func more(_ count: Int) async throws {
        let target = requests + count
        for _ in 0..<6000 where requests < target { try await Task.sleep(for: .milliseconds(10)) }
    }

    /// Ends the clients; returns what failed.
    func stop() async -> [String] {
        isStopped.store(true, ordering: .relaxed)
        await withCheckedContinuation { continuation in group.notify(queue: queue) { continuation.resume() } }
        return failures.withLock { $0 }
    }
}
