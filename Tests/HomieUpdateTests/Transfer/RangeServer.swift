import Foundation
import Synchronization

/// An HTTP/1.1 server for one file, with ranges and entity tags, that can be told to misbehave.
final class RangeServer: Sendable {
    struct Behaviour: Sendable {
        var body: [UInt8] = []
        var entityTag: String? = "\"1\""
        var honoursRanges = true
        /// Closes the connection after this many bytes of each body.
        var cutsAfter: Int?
        /// Answers the first requests with these, instead of the file.
        var statuses: [Int] = []
        /// Sends nothing at all.
        var isSilent = false
        var redirects = false
        /// How long it says that the rest of the file is.
        var claims: Int64?
        /// What is done at each request, before it is answered.
        var whenAsked: (@Sendable () -> Void)?
    }

    struct Request: Sendable {
        var path: String
        var fields: [String: String]
    }

    private let behaviour: Mutex<Behaviour>
    private let seen = Mutex<[Request]>([])
    private let isStopped = Mutex(false)
    private let descriptor: Int32
    let port: UInt16

    init(_ behaviour: Behaviour) throws {
        self.behaviour = Mutex(behaviour)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.descriptor = descriptor
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isListening else { throw POSIXError(.EADDRNOTAVAIL) }
        port = UInt16(bigEndian: address.sin_port)
        // Closes the listener itself: its number must not be another's while this accepts at it.
        let thread = Thread { [weak self, descriptor] in
            defer { close(descriptor) }
            while true {
                let client = accept(descriptor, nil, nil)
                guard client >= 0 else { return }
                guard let self else {
                    close(client)
                    return
                }
                self.serve(client)
            }
        }
        thread.start()
    }

    func stop() {
        isStopped.withLock { isStopped in
            if !isStopped { shutdown(descriptor, Int32(SHUT_RDWR)) }
            isStopped = true
        }
    }

    deinit { stop() }

    var url: String { "http://127.0.0.1:\(port)/file" }
    var requests: [Request] { seen.withLock { $0 } }

    func set(_ change: (inout Behaviour) -> Void) { behaviour.withLock { change(&$0) } }

    private func serve(_ client: Int32) {
        guard let request = read(client) else {
            close(client)
            return
        }
        seen.withLock { $0.append(request) }
        let now = behaviour.withLock { behaviour in
            defer { if !behaviour.statuses.isEmpty { behaviour.statuses.removeFirst() } }
            return behaviour
        }
        now.whenAsked?()
        // Until the other side gives up.
        if now.isSilent {
            Thread { [client] in
                var byte: UInt8 = 0
                _ = recv(client, &byte, 1, 0)
                close(client)
            }.start()
            return
        }
        defer { close(client) }
        if now.redirects, request.path != "/elsewhere" {
            send(client, "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        }
        if let status = now.statuses.first {
            send(client, "HTTP/1.1 \(status) Sorry\r\nContent-Length: 5\r\nConnection: close\r\n\r\nsorry")
            return
        }
        answer(client, request, now)
    }

    private func answer(_ client: Int32, _ request: Request, _ now: Behaviour) {
        var start = 0
        var status = "200 OK"
        var fields = now.entityTag.map { "ETag: \($0)\r\n" } ?? ""
        let isSame = request.fields["if-range"].map { $0 == now.entityTag } ?? true
        if now.honoursRanges, isSame, let range = request.fields["range"], range.hasPrefix("bytes=") {
            start = Int(range.dropFirst(6).prefix { $0 != "-" }) ?? 0
            if start >= now.body.count {
                send(client, "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            }
            status = "206 Partial Content"
            fields += "Content-Range: bytes \(start)-\(now.body.count - 1)/\(now.body.count)\r\n"
        }
        let body = Array(now.body[start...])
        let length = start > 0 ? now.claims ?? Int64(body.count) : Int64(body.count)
        send(client, "HTTP/1.1 \(status)\r\n\(fields)Content-Length: \(length)\r\nConnection: close\r\n\r\n")
        send(client, Array(body.prefix(now.cutsAfter ?? body.count)))
    }

    private func read(_ client: Int32) -> Request? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !String(decoding: bytes, as: UTF8.self).contains("\r\n\r\n") {
            let count = recv(client, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes += buffer.prefix(count)
        }
        var lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines.removeFirst().split(separator: " ").map(String.init)
        var fields: [String: String] = [:]
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        return Request(path: words.count > 1 ? words[1] : "", fields: fields)
    }

    private func send(_ client: Int32, _ text: String) { send(client, Array(text.utf8)) }

    private func send(_ client: Int32, _ bytes: [UInt8]) {
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes {
                Foundation.send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            offset += count
        }
    }
}
