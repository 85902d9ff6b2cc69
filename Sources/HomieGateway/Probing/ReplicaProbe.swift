internal import Dispatch
internal import Glibc
internal import HomieModel

/// Asks a replica as a client from outside would, before anybody is led to it.
struct ReplicaProbe: Sendable, Hashable {
    /// The first 12 digits of its ID.
    var container: String
    var address: String
    var port: UInt16
    var scheme: GatewayRoute.Scheme
    var host: String
    /// Must answer 2xx or 3xx; nil asks `/`, where any answer below 500 will do.
    var healthPath: RoutePath?
    var webSocketPath: RoutePath?

    static let timeLimit = 2

    /// True when it serves: HTTP is spoken to; of TLS and HTTP/2 only the connection is tried, for HAProxy's own checks
    /// do no more.
    func passes() async -> Bool {
        await withCheckedContinuation { continuation in
            // A socket that blocks would hold up a task's thread.
            DispatchQueue.global().async { continuation.resume(returning: passesBlocking()) }
        }
    }

    private func passesBlocking() -> Bool {
        guard scheme == .http else { return withConnection { _ in true } }
        let path = healthPath?.text ?? "/"
        let status = ask("GET \(path) HTTP/1.1\r\nHost: \(host)\r\nUser-Agent: homie\r\nConnection: close\r\n\r\n")
        let isGood = healthPath == nil ? (100..<500).contains(status) : (200..<400).contains(status)
        guard isGood, let webSocketPath else { return isGood }
        let upgrade =
            "GET \(webSocketPath) HTTP/1.1\r\nHost: \(host)\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: aG9taWUgYXNrcyB5b3UuLg==\r\n\r\n"
        return ask(upgrade) == 101
    }

    /// The status of the answer; 0 when none came.
    private func ask(_ text: String) -> Int {
        var status = 0
        _ = withConnection { descriptor in
            let bytes = Array(text.utf8)
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return false }
                sent += count
            }
            var line: [UInt8] = []
            var byte: UInt8 = 0
            while line.count < 64, read(descriptor, &byte, 1) == 1, byte != 0x0A { line.append(byte) }
            let words = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace)
            guard words.count >= 2, words[0].hasPrefix("HTTP/1.") else { return false }
            status = Int(words[1]) ?? 0
            return true
        }
        return status
    }

    private func withConnection(_ body: (Int32) -> Bool) -> Bool {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(address, String(port), &hints, &found) == 0, let place = found else { return false }
        defer { freeaddrinfo(place) }
        let descriptor = socket(
            place.pointee.ai_family,
            place.pointee.ai_socktype | Int32(SOCK_CLOEXEC.rawValue),
            place.pointee.ai_protocol
        )
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: Self.timeLimit, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        // Linux applies it to connecting, too (socket(7)).
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        guard connect(descriptor, place.pointee.ai_addr, place.pointee.ai_addrlen) == 0 else { return false }
        return body(descriptor)
    }
}
