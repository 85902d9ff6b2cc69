internal import Dispatch
internal import Glibc

/// HAProxy's Unix sockets: one command a connection, answered until the end of the stream.
struct RuntimeSocket: Sendable {
    let path: String
    var timeLimit: Duration = .seconds(5)

    /// - Returns: the answer without white space around it.
    /// - Throws: ``GatewayError/silent(path:underlying:)``
    func ask(_ text: String) async throws(GatewayError) -> String {
        do {
            return try await withCheckedThrowingContinuation { continuation in
                // A socket that blocks would hold up a task's thread.
                DispatchQueue.global().async { continuation.resume(with: Result { try askBlocking(text) }) }
            }
        } catch {
            throw .silent(path: path, underlying: error)
        }
    }

    /// - Returns: what HAProxy answered.
    /// - Throws: ``GatewayError/unexpected(command:answer:)`` when the answer is a refusal.
    @discardableResult
    func run(_ command: RuntimeCommand) async throws(GatewayError) -> String {
        let answer = try await ask(command.text)
        guard command.isDone(answer) else { throw .unexpected(command: command.name, answer: answer) }
        return answer
    }

    private func askBlocking(_ text: String) throws -> String {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Errno(code: errno) }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: Int(timeLimit.components.seconds), tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        try connect(descriptor)
        try send(text, to: descriptor)
        // The master's socket waits for further commands until it sees the end.
        shutdown(descriptor, Int32(SHUT_WR))
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Errno(code: errno) }
            if count == 0 { break }
            answer += buffer.prefix(count)
        }
        var words = String(decoding: answer, as: UTF8.self)[...]
        while let last = words.last, last.isWhitespace { words.removeLast() }
        while let first = words.first, first.isWhitespace { words.removeFirst() }
        return String(words)
    }

    private func connect(_ descriptor: Int32) throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { throw Errno(code: ENAMETOOLONG) }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard code == 0 else { throw Errno(code: errno) }
    }

    private func send(_ text: String, to descriptor: Int32) throws {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Errno(code: errno) }
            sent += count
        }
    }
}
